"""Requests that are refused as a whole, and the texts of what is absent.

Codes, HTTP statuses and members are those of the model that botocore ships. Nothing here writes an
answer.
"""

from collections.abc import Mapping
from typing import Any, TypeAlias

from .names import Place

#: What goes over the wire as JSON, in the API's own shape.
Json: TypeAlias = dict[str, Any]


class ServiceError(Exception):
    """A request refused as a whole.

    `code` is the exception's name in the model, `extra` its other members (`reason`,
    `resourceType`, `retryAfterSeconds`, …).
    """

    def __init__(
        self, code: str, http_status: int, message: str, extra: Mapping[str, Any] | None = None
    ) -> None:
        """Keep what an answer needs."""
        super().__init__(message)
        self.code = code
        self.http_status = http_status
        self.message = message
        self.extra: Json = dict(extra or {})


def invalid(message: str, reason: str = "FIELD_VALIDATION_FAILED") -> ServiceError:
    """400, with a reason out of the model's ValidationExceptionReason."""
    return ServiceError("ValidationException", 400, message, {"reason": reason})


def conflict(message: str, version: str) -> ServiceError:
    """409, about a version."""
    extra = {"resourceType": "package-version", "resourceId": version}
    return ServiceError("ConflictException", 409, message, extra)


def no_domain(place: Place) -> ServiceError:
    """404, in the words of the real service, as public threads quote them."""
    return _absent(
        f"Domain not found. Domain {_owned(place)} does not exist.", "domain", place.domain
    )


def no_repository(place: Place) -> ServiceError:
    """404, likewise."""
    message = (
        f"Repository not found. Repository '{place.repository}' in "
        f"domain {_owned(place)} does not exist."
    )
    return _absent(message, "repository", place.repository)


def no_package(place: Place) -> ServiceError:
    """404 in the words of the real service; those for a namespace are not known."""
    shown = f"{place.namespace}/{place.package}" if place.namespace else place.package
    where = f"does not exist in repository '{place.repository}'."
    return _absent(f"The {place.format} package '{shown}' {where}", "package", shown)


def no_version(place: Place, version: str) -> ServiceError:
    """404."""
    message = (
        f"Version '{version}' of the {place.format} package '{place.package}' does not exist in "
        f"repository '{place.repository}'."
    )
    return _absent(message, "package-version", version)


def _owned(place: Place) -> str:
    return f"'{place.domain}' owned by account '{place.domain_owner}'"


def _absent(message: str, resource_type: str, resource_id: str) -> ServiceError:
    extra = {"resourceType": resource_type, "resourceId": resource_id}
    return ServiceError("ResourceNotFoundException", 404, message, extra)
