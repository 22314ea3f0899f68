"""A request on its way to an answer, as the service that it is for reads, runs and writes it.

A request is signed by someone (`identity`) who may do it (`policies`), fits the model (`model`)
and the rules (`rules`). That is also the order in which refusals win; AWS documents
none.
"""

import json
import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias
from urllib.parse import parse_qsl

from . import model, rules, sts, wire
from .errors import Json, ServiceError
from .faults import Reply
from .identity import Identity
from .messages import Answer, Request
from .names import Place
from .principals import Principal
from .store import Store

#: Changes a result before it is written.
Distortion: TypeAlias = Callable[[Json], Json]

ANONYMOUS = "anonymous"

#: What an operation is about, where that is no package (Service Authorization Reference).
RESOURCES = {"ListPackages": "repository", "ListRepositoriesInDomain": "domain"}


class Exchange(ABC):
    """One request, and what is known of it so far."""

    def __init__(self, request: Request, *, store: Store, identity: Identity, url: str) -> None:
        """Begin now. `url` is the emulator's own."""
        self.request = request
        self.store = store
        self.identity = identity
        self.url = url
        self.at = time.monotonic()
        self.request_id = str(uuid.uuid4())
        self.name = f"{request.method} {request.path}"
        self.params: Json = {}
        self.principal = ANONYMOUS

    @abstractmethod
    def read(self) -> None:
        """Find the operation and its parameters. Raises ServiceError."""

    @abstractmethod
    def run(self, distort: Distortion) -> Answer:
        """Carry the operation out and write its result. Raises ServiceError."""

    def error(self, error: ServiceError) -> Answer:
        """Write a refusal."""
        return wire.json_error(error, self.request_id)

    def reply(self, effect: Reply) -> Answer:
        """Write the answer that a fault gives in the service's place."""
        headers = dict(effect.headers)
        if effect.code is not None:
            answer = self.error(ServiceError(effect.code, effect.status, effect.message))
            return replace(answer, headers={**answer.headers, **headers})
        body = effect.body
        if body is None:
            body = json.dumps({"message": effect.message}) if effect.message else ""
        headers.setdefault("Content-Type", "text/html" if "<" in body else "application/json")
        return Answer(status=effect.status, body=body.encode(), headers=headers)


class CodeArtifactExchange(Exchange):
    """CodeArtifact: rest-json, always signed."""

    def read(self) -> None:
        """Find the operation by its route."""
        method, path = self.request.method, self.request.path
        self.operation = model.codeartifact_operation(method, path, rules.OPERATIONS)
        self.name = self.operation.name
        self.params = wire.read_rest(self.operation, self.request)

    def run(self, distort: Distortion) -> Answer:
        """Carry the operation out on the store. Without an owner, the domain is the caller's."""
        principal = self.identity.authenticate(self.request, "codeartifact")
        self.principal = principal.arn
        params = {"domainOwner": principal.account, **self.params}
        place, others = wire.arguments(params)
        self._authorize(principal, place, others.get("source_repository", ""))
        model.check(self.operation, params)
        result = rules.OPERATIONS[self.name](self.store, place, **others)
        return wire.json_answer(distort(result), self.request_id)

    def _authorize(self, principal: Principal, place: Place, source: str) -> None:
        """Check the action on what it is about, and for a copy the right to read its source.

        UG copy-package; Service Authorization Reference, AWS CodeArtifact.
        """
        kind, action = RESOURCES.get(self.name, "package"), f"codeartifact:{self.name}"
        self.identity.authorize(self.request, principal, action, place=place, kind=kind)
        if self.name == "CopyPackageVersions":
            read, action = replace(place, repository=source), "codeartifact:ReadFromRepository"
            self.identity.authorize(self.request, principal, action, place=read, kind="repository")


class StsExchange(Exchange):
    """STS: the query protocol, signed where the model says so."""

    def read(self) -> None:
        """Find the operation that the form names."""
        form = wire.read_form(self.request)
        self.operation = model.sts_operation(form, sts.OPERATIONS)
        self.name = self.operation.name
        self.params = wire.read_query_protocol(self.operation, form)

    def run(self, distort: Distortion) -> Answer:
        """Carry the operation out on the identities."""
        caller = None
        if self.operation.auth_type != "none":
            caller = self.identity.authenticate(self.request, "sts")
            self.principal = caller.arn
        model.check(self.operation, self.params)
        context = self.identity.context(self.request, caller)
        result = sts.OPERATIONS[self.name](self.identity, self.params, caller, context)
        return wire.xml_answer(self.operation, distort(result), self.request_id)

    def error(self, error: ServiceError) -> Answer:
        """Write a refusal. STS has a name of its own for what the model does not allow."""
        if error.code == "ValidationException":
            error = ServiceError("ValidationError", error.http_status, error.message)
        return wire.xml_error(error, self.request_id)


class IssuerExchange(Exchange):
    """The OIDC issuer: JSON, with a bearer's token."""

    def read(self) -> None:
        """Take the query for the parameters."""
        self.name = "oidc"
        self.params = dict(parse_qsl(self.request.query, keep_blank_values=True))

    def run(self, _distort: Distortion) -> Answer:
        """Let the issuer answer; what it has are no versions that could be distorted."""
        return self.identity.issuer.answer(self.request, f"{self.url}/_oidc")


def service_of(request: Request) -> type[Exchange]:
    """Tell by a request's path which service it is for."""
    if request.path.startswith("/_oidc/"):
        return IssuerExchange
    return StsExchange if request.path == "/" else CodeArtifactExchange
