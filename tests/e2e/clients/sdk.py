"""One call of boto3, as a workflow's own script would make it: the twin of sdk.mjs.

python sdk.py < request.json, with {service, operation, input, pageSize}; the answer on stdout is
{output} or {error}. Addresses, region and keys come from the environment, so that nothing but the
SDK reads them.
"""

import json
import sys
from typing import Any

import boto3
from botocore import xform_name
from botocore.exceptions import ClientError


def call(service: str, operation: str, given: dict[str, Any], page_size: int | None) -> Any:
    client = boto3.client(service)
    if page_size is None:
        output = getattr(client, xform_name(operation))(**given)
        return {name: value for name, value in output.items() if name != "ResponseMetadata"}
    # Without a size of its own the paginator leaves it to the service.
    config = {"PageSize": page_size} if page_size else {}
    pages = client.get_paginator(xform_name(operation)).paginate(**given, PaginationConfig=config)
    # The list that is paged is the output's only one.
    whole = pages.build_full_result()
    return {name: value for name, value in whole.items() if isinstance(value, list)}


def main() -> None:
    request = json.load(sys.stdin)
    try:
        answer = {
            "output": call(
                request["service"], request["operation"], request["input"], request["pageSize"]
            )
        }
    except ClientError as error:
        said = error.response
        known = {"Error", "ResponseMetadata", "message"}
        answer = {
            "error": {
                "name": said["Error"]["Code"],
                "code": said["Error"]["Code"],
                "message": said["Error"]["Message"],
                "details": {name: value for name, value in said.items() if name not in known},
            }
        }
    json.dump(answer, sys.stdout, default=str)


main()
