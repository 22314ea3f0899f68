"""botocore's data on AWS: of the services that this program asks, read once for all sessions.

botocore looks through the folders of all four hundred services, and reads its list of endpoints, a
megabyte, with a Python call for each of its objects; and all of that again for each session. Most
of its handlers of events are for a single service, too.
"""

import gzip
from functools import cache
from pathlib import Path
from typing import Any

from botocore.handlers import BUILTIN_HANDLERS, REGISTER_FIRST, REGISTER_LAST
from botocore.loaders import JSONFileLoader, Loader
from botocore.session import Session
from pydantic_core import from_json

SERVICES = ("codeartifact", "signin", "sso", "sso-oidc", "sts")
"""The two that are called, and those by which botocore's chain of credentials signs in."""


class _Files(JSONFileLoader):
    """Files of JSON, by pydantic's parser, which makes plain objects and is three times as fast."""

    def load_file(self, file_path: str) -> Any:
        for path in (Path(f"{file_path}.json"), Path(f"{file_path}.json.gz")):
            if path.is_file():
                content = path.read_bytes()
                return from_json(gzip.decompress(content) if path.suffix == ".gz" else content)
        return None


class _Library(Loader):
    """What comes with botocore, and never a model of the job: ``~/.aws/models``, for one."""

    def __init__(self) -> None:
        super().__init__([self.BUILTIN_DATA_PATH], _Files(), include_default_search_paths=False)

    def list_available_services(self, type_name: str) -> list[str]:  # noqa: ARG002 - botocore's signature
        return list(SERVICES)


@cache
def _library() -> _Library:
    return _Library()


def new_session(session_vars: dict[str, Any] | None = None) -> Session:
    """A session of botocore that knows what is asked for, and reacts to what can happen then."""
    session = Session(session_vars, include_builtin_handlers=False)
    session.register_component("data_loader", _library())
    events = session.get_component("event_emitter")
    places = {REGISTER_FIRST: events.register_first, REGISTER_LAST: events.register_last}
    for spec in BUILTIN_HANDLERS:
        event, handler, *place = spec
        if is_ours(event):
            register = places[place[0]] if place else events.register
            register(event, handler)
    return session


def is_ours(event: str) -> bool:
    """Whether an event of botocore is one of every service, or of one that is asked."""
    _, *service = event.split(".")
    return not service or service[0] in SERVICES
