"""Requests into parameters, and results into answers that fit the model."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError
from botocore.model import OperationModel, Shape
from botocore.validate import ParamValidator
from hypothesis import given, settings
from hypothesis import strategies as st

from codeartifact_emulator import Emulator, ServiceError, model, wire
from codeartifact_emulator.messages import Request
from codeartifact_emulator.rules import OPERATIONS
from harness.clients import CORE, connect, put_core

MODEL = model.service_model("codeartifact")

#: Words that meet what the emulator of these tests holds, so that not every call is refused.
KNOWN = {
    "domain": ["acme"],
    "repository": ["npm-store", "empty"],
    "sourceRepository": ["npm-store", "empty"],
    "destinationRepository": ["npm-store", "empty"],
    "format": ["npm", "generic"],
    "namespace": ["acme"],
    "package": ["core"],
    "packageVersion": ["1.0.0", "2.0.0"],
    "domainOwner": ["111122223333"],
    "assetName": ["core.zip"],
}

ANY = {"domain": "acme", "repository": "npm-store", "format": "npm", "package": "core"}


@pytest.mark.parametrize("size", ["0", "1001", "-1", "ten", "1.5", ""])
def test_a_page_size_is_a_number_from_1_to_1000(size: str) -> None:
    request = Request(
        method="POST", path="/v1/package/versions", query=urlencode({**ANY, "max-results": size})
    )
    operation = model.codeartifact_operation(request.method, request.path, OPERATIONS)
    with pytest.raises(ServiceError) as refused:
        model.check(operation, wire.read_rest(operation, request))
    assert refused.value.http_status == 400


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b'{"versions": "1"}',
        b'{"versions": [1]}',
        b'{"versionRevisions": ["1"]}',
        b"\xff",
    ],
)
def test_a_body_of_the_wrong_shape_cannot_be_parsed(body: bytes) -> None:
    operation = MODEL.operation_model("UpdatePackageVersionsStatus")
    with pytest.raises(ServiceError) as refused:
        wire.read_rest(operation, Request(method="POST", path="/", body=body))
    assert refused.value.extra == {"reason": "CANNOT_PARSE"}


def test_a_version_may_hold_anything_but_a_slash_a_hash_and_space(
    emulator: Emulator, client: Any
) -> None:
    odd = ["1!2.0+local~1", "::set-output", "|", "<img>", "ü-é", "%2e%2e", "a=b&c", "'\"\\"]
    for version in odd:
        emulator.store.put(**CORE, version=version)
    listed = client.list_package_versions(**CORE)["versions"]
    revisions = {row["version"]: row["revision"] for row in listed}
    assert set(revisions) == set(odd)
    answer = client.update_package_versions_status(
        **CORE, versions=odd, versionRevisions=revisions, targetStatus="Unlisted"
    )
    assert set(answer["successfulVersions"]) == set(odd)
    for version in odd:
        described = client.describe_package_version(**CORE, packageVersion=version)
        assert described["packageVersion"]["version"] == version


def test_a_generic_asset_is_published(client: Any, emulator: Emulator) -> None:
    emulator.store.add_repository(domain="acme", repository="npm-store")
    answer = client.publish_package_version(
        **{**CORE, "format": "generic"},
        packageVersion="1.0.0",
        assetName="core.zip",
        assetContent=b"content",
        assetSHA256="ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73",
        unfinished=True,
    )
    assert answer["status"] == "Unfinished"
    assert answer["asset"]["size"] == 7


# Any request that the model can make, and any that it cannot


def texts(shape: Shape, name: str) -> st.SearchStrategy[Any]:
    pattern = shape.metadata.get("pattern")
    words = st.sampled_from(KNOWN.get(name, ["1.0.0", "x"]))
    if shape.metadata.get("enum"):
        words |= st.sampled_from(shape.metadata["enum"])
    if name == "assetSHA256":
        # It goes into a header, and is checked against the content by its signature.
        return st.text("0123456789abcdef", min_size=64, max_size=64)
    if pattern and "\\P" not in pattern:
        words |= st.from_regex(f"\\A(?:{pattern})\\Z")
    return (
        words | words | st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60)
    )


def values(shape: Any, name: str = "") -> st.SearchStrategy[Any]:
    match shape.type_name:
        case "structure":
            members = {key: values(member, key) for key, member in shape.members.items()}
            required = {key: members.pop(key) for key in shape.required_members}
            return st.fixed_dictionaries(required, optional=members)
        case "list":
            return st.lists(values(shape.member, name), max_size=4)
        case "map":
            return st.dictionaries(values(shape.key), values(shape.value), max_size=3)
        case "boolean":
            return st.booleans()
        case "integer":
            return st.integers(1, 1100)
        case "blob":
            return st.binary(max_size=20)
        case _:
            return texts(shape, name)


def assert_answer_fits(operation: OperationModel, answer: dict[str, Any]) -> None:
    result = {name: value for name, value in answer.items() if name != "ResponseMetadata"}
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
    report = ParamValidator().validate(result, operation.output_shape)
    assert not report.has_errors(), report.generate_report()


@pytest.mark.parametrize("name", list(OPERATIONS))
def test_every_answer_fits_the_model(name: str) -> None:
    operation = MODEL.operation_model(name)
    errors = {
        shape.name: shape.metadata["error"]["httpStatusCode"] for shape in operation.error_shapes
    }
    with Emulator.start() as emulator, connect(emulator, parameter_validation=False) as client:
        emulator.store.add_repository(domain="acme", repository="empty", upstreams=["npm-store"])
        method = getattr(client, xform_name(name))

        @settings(max_examples=30, deadline=None)
        @given(values(operation.input_shape))
        def check(params: dict[str, Any]) -> None:
            put_core(emulator, v1_0_0="Published", v2_0_0="Unlisted")
            try:
                answer = method(**params)
            except ClientError as error:
                response = error.response
                code = response["Error"]["Code"]
                status = response["ResponseMetadata"]["HTTPStatusCode"]
                assert (code, status) in {
                    *errors.items(),
                    # An asset whose checksum is wrong was not signed as sent.
                    ("InvalidSignatureException", 403),
                }
                assert code != "InternalServerException"
                if code == "AccessDeniedException":
                    # Nothing there is shared with another account.
                    assert params["domainOwner"] not in KNOWN["domainOwner"]
                assert response["Error"]["Message"]
                if code == "InvalidSignatureException":
                    assert name == "PublishPackageVersion"
            else:
                assert_answer_fits(operation, answer)

        check()


@settings(max_examples=50, deadline=None)
@given(
    operation=st.sampled_from(list(OPERATIONS)),
    query=st.dictionaries(
        st.sampled_from([*ANY, "max-results", "domain-owner", "next-token"]), st.text(max_size=9)
    ),
    body=st.binary(max_size=30)
    | st.recursive(st.none() | st.text(max_size=5), st.lists).map(lambda v: json.dumps(v).encode()),
)
def test_no_request_is_a_bug(operation: str, query: dict[str, str], body: bytes) -> None:
    asked = MODEL.operation_model(operation)
    request = Request(
        method=asked.http["method"],
        path=asked.http["requestUri"],
        query=urlencode({**ANY, **query}),
        body=body,
    )
    try:
        model.check(asked, wire.read_rest(asked, request))
    except ServiceError as error:
        assert error.http_status == 400  # noqa: PT017 - it may as well pass
