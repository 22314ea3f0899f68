"""botocore's service model: operations by route or name, and their input.

What is read from it (routes, parameters, required members, lengths, patterns, enumerations,
exceptions) follows AWS with each update of botocore.
"""

from collections.abc import Collection, Mapping
from functools import cache

import botocore.loaders
from botocore.model import OperationModel, ServiceModel, StructureShape

from .errors import ServiceError


@cache
def service_model(service: str) -> ServiceModel:
    """Load a service's model from botocore's data."""
    loader = botocore.loaders.create_loader()
    return ServiceModel(loader.load_service_model(service, "service-2"), service)


@cache
def _routes() -> Mapping[tuple[str, str], OperationModel]:
    model = service_model("codeartifact")
    operations = (model.operation_model(name) for name in model.operation_names)
    return {(o.http["method"], o.http["requestUri"]): o for o in operations}


def codeartifact_operation(method: str, path: str, served: Collection[str]) -> OperationModel:
    """Find the operation of a route.

    Raises ServiceError for a route that the model has and the emulator does not serve, and for one
    that the model does not have.
    """
    operation = _routes().get((method, path.rstrip("/") or "/"))
    if operation is None:
        what = f"No operation of CodeArtifact is {method} {path}"
    elif operation.name not in served:
        what = f"{operation.name} is not emulated"
    else:
        return operation
    raise ServiceError(
        "ValidationException",
        404,
        f"{what}. This is codeartifact_emulator, not AWS; it serves {', '.join(served)}.",
        {"reason": "UNKNOWN_OPERATION"},
    )


def sts_operation(form: Mapping[str, str], served: Collection[str]) -> OperationModel:
    """Find the operation that a form's Action names."""
    action = form.get("Action", "")
    if action not in served:
        raise ServiceError(
            "InvalidAction",
            400,
            f"Could not find operation {action} for version {form.get('Version')}. This is "
            f"codeartifact_emulator, not AWS; of STS it serves {', '.join(served)}.",
        )
    return service_model("sts").operation_model(action)


def input_shape(operation: OperationModel) -> StructureShape:
    """Give an operation's input, which every operation here has."""
    shape = operation.input_shape
    if not isinstance(shape, StructureShape):
        raise TypeError(f"{operation.name} has no input")
    return shape
