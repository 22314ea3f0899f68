"""What botocore is told of AWS: the same as by its own loader, as far as it is asked for."""

import json
import runpy
import shutil
from pathlib import Path

import boto3
import botocore.session
import pytest
from botocore.handlers import BUILTIN_HANDLERS
from botocore.loaders import Loader

from codeartifact_status.service import library_data

PREPARE = runpy.run_path(str(Path(__file__).parents[2] / "image" / "prepare.py"))

OLD_NAMES = {"s3-control", "lex-runtime-v2"}
"""Names that events have and data has not."""


def session() -> boto3.Session:
    core = library_data.new_session()
    return boto3.Session("key", "secret", region_name="eu-west-1", botocore_session=core)


@pytest.mark.parametrize("service", library_data.SERVICES)
@pytest.mark.parametrize("kind", ["service-2", "endpoint-rule-set-1"])
def test_a_service_is_what_botocore_says_it_is(service: str, kind: str) -> None:
    ours = library_data.new_session()

    assert ours.get_component("data_loader").load_service_model(service, kind) == (
        Loader().load_service_model(service, kind)
    )


def test_a_model_of_the_job_does_not_stand_in_for_botocores(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = tmp_path / "codeartifact" / "2099-01-01" / "service-2.json"
    model.parent.mkdir(parents=True)
    model.write_text("{}")
    monkeypatch.setenv("AWS_DATA_PATH", str(tmp_path))
    monkeypatch.setattr(Loader, "CUSTOMER_DATA_PATH", str(tmp_path))

    client = session().client("codeartifact")

    assert client.meta.service_model.api_version == "2018-09-22"


def test_the_image_keeps_what_is_asked_for(tmp_path: Path) -> None:
    whole = Path(botocore.session.__file__).parent / "data" / "endpoints.json"
    kept = tmp_path / "botocore" / "data" / "endpoints.json"
    kept.parent.mkdir(parents=True)
    shutil.copy(whole, kept)

    PREPARE["shorten_endpoints"](tmp_path)

    assert set(library_data.SERVICES) == PREPARE["SERVICES"]
    before, after = (json.loads(path.read_bytes())["partitions"] for path in (whole, kept))
    for one, other in zip(before, after, strict=True):
        for name in ("codeartifact", "sts", "oidc", "portal.sso"):
            assert other["services"].get(name) == one["services"].get(name)
        assert {**one, "services": None} == {**other, "services": None}
    assert kept.stat().st_size < whole.stat().st_size / 10


def test_no_handler_is_left_out_of_what_can_happen() -> None:
    """What is left out names a service that isn't asked, or is about documentation."""
    others = set(botocore.session.Session().get_available_services()) - {*library_data.SERVICES}
    left_out = [spec[0] for spec in BUILTIN_HANDLERS if not library_data.is_ours(spec[0])]

    assert len(left_out) > len(BUILTIN_HANDLERS) / 2
    for event in left_out:
        stage, service, *_ = event.split(".")
        assert stage == "docs" or service in others | OLD_NAMES
