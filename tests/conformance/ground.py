"""Where the cases stand: a repository, the packages that this run has made in it, and a transcript.

Only what was made here is touched: a package is new in the repository, is written down before it is
published, and nothing is changed in any other. What was written down is deleted at the end, or at
the beginning of the next run if this one was killed.
"""

import hashlib
import json
import re
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

NAMESPACE = "codeartifact-status-conformance"
_CONTENT = b"codeartifact-status asks what CodeArtifact does; this can be deleted.\n"
#: Seconds for which a version that was published is waited for.
_PATIENCE = 15
_ACCOUNT = re.compile(r"\b\d{12}\b")
_WHO = re.compile(r"\b(user|role|assumed-role)/[^\s\"\\]+")


class NotOurs(Exception):
    """A package that this run has not made; nothing was touched."""


class StillThere(Exception):
    """A package that this run has made and could not delete."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a call came to: its output, or the code and message of its refusal."""

    output: Mapping[str, Any] = field(default_factory=dict)
    code: str = ""
    message: str = ""
    resource: str = ""

    def failed(self, version: str) -> str:
        """Give the code with which a version failed; empty if it did not."""
        entry = self.output.get("failedVersions", {}).get(version, {})
        return str(entry.get("errorCode", ""))

    def said(self, version: str) -> str:
        """Give the message with which a version failed."""
        entry = self.output.get("failedVersions", {}).get(version, {})
        return str(entry.get("errorMessage", ""))

    @property
    def successful(self) -> Mapping[str, Any]:
        """Give what succeeded, with status and revision."""
        found: Mapping[str, Any] = self.output.get("successfulVersions", {})
        return found


@dataclass(slots=True)
class Notes:
    """What has to outlive a run that is killed: its packages, and the answers so far."""

    file: Path
    run: str = field(default_factory=lambda: uuid.uuid4().hex[:8])
    packages: list[str] = field(default_factory=list)
    answers: dict[str, dict[str, str]] = field(default_factory=dict)

    @classmethod
    def read(cls, file: Path) -> "Notes":
        """Take up a run again, or begin a new one."""
        if not file.exists():
            return cls(file)
        return cls(file, **json.loads(file.read_text(encoding="utf-8")))

    def write(self) -> None:
        """Write all down, whole or not at all."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        new = self.file.with_suffix(".new")
        kept = {"run": self.run, "packages": self.packages, "answers": self.answers}
        new.write_text(json.dumps(kept, indent=1), encoding="utf-8")
        new.replace(self.file)


@dataclass(slots=True, kw_only=True)
class Ground:
    """A repository, as the cases see it."""

    client: Any
    domain: str
    repository: str
    owner: str | None
    notes: Notes
    transcript: Path
    package: str = ""
    """The package of the case that is being run."""
    case: str = ""

    def __post_init__(self) -> None:
        """Let every request and answer be written down."""
        events = self.client.meta.events
        events.register("before-parameter-build.codeartifact.*", self._asked)
        events.register("after-call.codeartifact.*", self._answered)

    @property
    def place(self) -> dict[str, str]:
        """Give the coordinates of the case's package."""
        owner = {"domainOwner": self.owner} if self.owner else {}
        return {
            "domain": self.domain,
            **owner,
            "repository": self.repository,
            "format": "generic",
            "namespace": NAMESPACE,
            "package": self.package,
        }

    @contextmanager
    def of(self, case: str) -> Iterator[None]:
        """Have a package for a case, one that is not there yet. Raises NotOurs if it is."""
        self.case = case
        self.package = f"{self.notes.run}-{case}"
        if self.list().code != "ResourceNotFoundException":
            raise NotOurs(f"{NAMESPACE}/{self.package} is there, and was not made by this run")
        self.notes.packages.append(self.package)
        self.notes.write()
        try:
            yield
        finally:
            self.clean()

    def clean(self) -> None:
        """Delete what was made."""
        for package in list(self.notes.packages):
            self.package = package
            gone = self.call("delete_package")
            if gone.code not in {"", "ResourceNotFoundException"}:
                raise StillThere(f"{NAMESPACE}/{package} is still there: {gone.message}")
            self.notes.packages.remove(package)
            self.notes.write()

    # What the cases do

    def call(self, operation: str, **params: Any) -> Answer:
        """Call, and take a refusal for an answer; but not one that keeps us from asking."""
        try:
            output = getattr(self.client, operation)(**{**self.place, **params})
        except ClientError as error:
            said = error.response["Error"]
            if said["Code"] in {"AccessDeniedException", "ThrottlingException"}:
                raise
            resource = str(error.response.get("resourceType", ""))
            return Answer(code=said["Code"], message=said["Message"], resource=resource)
        return Answer(output=output)

    def publish(self, *versions: str, unfinished: bool = False) -> str:
        """Publish versions of one small asset each; give the last one's revision."""
        revision = ""
        for version in versions:
            made = self.client.publish_package_version(
                **self.place,
                packageVersion=version,
                assetName="asset.txt",
                assetContent=_CONTENT,
                assetSHA256=hashlib.sha256(_CONTENT).hexdigest(),
                unfinished=unfinished,
            )
            revision = made["versionRevision"]
        # What was published a moment ago may not be listed yet.
        for _ in range(_PATIENCE):
            if set(versions) <= self.statuses().keys():
                break
            time.sleep(1)
        return revision

    def update(self, *versions: str, to: str, **params: Any) -> Answer:
        """Set a status."""
        return self.call(
            "update_package_versions_status", versions=list(versions), targetStatus=to, **params
        )

    def dispose(self, *versions: str, **params: Any) -> Answer:
        """Dispose of versions."""
        return self.call("dispose_package_versions", versions=list(versions), **params)

    def delete(self, *versions: str, **params: Any) -> Answer:
        """Delete versions."""
        return self.call("delete_package_versions", versions=list(versions), **params)

    def list(self, **params: Any) -> Answer:
        """List the package's versions."""
        return self.call("list_package_versions", **params)

    def statuses(self, **params: Any) -> dict[str, str]:
        """Give the status of each version that a listing holds."""
        rows = self.list(**params).output.get("versions", [])
        return {row["version"]: row["status"] for row in rows}

    # The transcript

    def _asked(self, params: Mapping[str, Any], model: Any, **_: Any) -> None:
        content = {"assetContent": f"{len(_CONTENT)} bytes"} if "assetContent" in params else {}
        self._note({"request": model.name, "parameters": {**params, **content}})

    def _answered(self, http_response: Any, parsed: Mapping[str, Any], **_: Any) -> None:
        kept = ("x-amzn-requestid", "x-amzn-errortype", "retry-after")
        headers = {k: v for k, v in http_response.headers.items() if k.lower() in kept}
        body = {name: value for name, value in parsed.items() if name != "ResponseMetadata"}
        self._note({"status": http_response.status_code, "headers": headers, "answer": body})

    def _note(self, entry: Mapping[str, Any]) -> None:
        """Write a line, without what says whose account it is."""
        line = json.dumps({"case": self.case, **entry}, default=str)
        for name, private in (("DOMAIN", self.domain), ("REPOSITORY", self.repository)):
            line = re.sub(rf"(?<![\w-]){re.escape(private)}(?![\w-])", name, line)
        line = _WHO.sub(r"\1/CUT", _ACCOUNT.sub("111122223333", line))
        self.transcript.parent.mkdir(parents=True, exist_ok=True)
        with self.transcript.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
