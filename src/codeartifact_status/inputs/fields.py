"""The inputs of a step, each declared once: type, bounds, default, description and group. No logic.

Whatever else speaks of an input is made from here: flags and ``--help``, ``action.yml``, the tables
of the pages (``make docs``), what an entry of ``packages`` may say, what an undo has to repeat.
"""

from datetime import timedelta
from typing import Annotated

from pydantic import (
    AliasChoices,
    AliasGenerator,
    BeforeValidator,
    Field,
    InstanceOf,
    ValidationInfo,
)
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from codeartifact_status.arns import RoleArn
from codeartifact_status.inputs import paths, sources, values
from codeartifact_status.inputs.declaring import (
    BACK,
    CHANGE,
    CONNECTION,
    SECRET,
    SEVERAL,
    UNDO,
    WAY,
    WHO,
    Count,
    Default,
    Details,
    Seconds,
    Switch,
    Text,
)
from codeartifact_status.inputs.entry import Entry, Place
from codeartifact_status.inputs.packages import manifest
from codeartifact_status.model import Allowed, OnFailure, Output


def _hand_over(_: None, right: ValidationInfo) -> None:
    """Where another input is wrong, let the error bring along what of the others is right.

    What is missing, and what contradicts another input, is told together with it.
    """
    if len(right.data) < len(Inputs.model_fields) - 1:
        raise PydanticCustomError("right", "the other inputs", right.data)


class Inputs(Entry, Place, BaseSettings):
    """The inputs of a step, each checked by itself."""

    model_config = SettingsConfigDict(
        alias_generator=AliasGenerator(validation_alias=sources.variables),
        loc_by_alias=False,
        case_sensitive=True,
        enable_decoding=False,
        validate_default=False,
        extra="ignore",
        frozen=True,
    )

    packages: Annotated[
        InstanceOf[manifest.Manifest] | None,
        BeforeValidator(manifest.read_packages),
        Field(
            description="Many packages in one step, instead of `package`: YAML, JSON, or `@path`."
        ),
        Details("[Its forms](#many-packages)."),
        CHANGE,
    ] = None
    packages_matching: Annotated[
        tuple[str, ...],
        BeforeValidator(values.lines),
        Field(description="Many packages by globs over their names, one a line: `@acme/*`."),
        Details("[More](#whole-repositories)."),
        *(CHANGE, SEVERAL),
    ] = ()
    exclude_packages: Annotated[
        tuple[str, ...],
        BeforeValidator(values.lines),
        Field(description="Globs, one a line: what to leave out of `packages-matching`."),
        *(CHANGE, SEVERAL),
    ] = ()
    version_from_tag: Annotated[
        str | None,
        BeforeValidator(values.tag_pattern),
        Field(description="A pattern of the tag that triggered the run, such as `v{version}`."),
        Details("With the package in it: `{package}@{version}`."),
        CHANGE,
    ] = None
    versions_matching: Annotated[
        tuple[str, ...],
        BeforeValidator(values.lines),
        Field(
            description="Globs or ranges, one a line: what is in the repository and matches any."
        ),
        Details("[More](#versions-by-pattern)."),
        *(CHANGE, SEVERAL),
    ] = ()
    exclude_versions: Annotated[
        tuple[str, ...],
        BeforeValidator(values.lines),
        Field(description="Globs or ranges, one a line: what to leave out of all that."),
        *(CHANGE, SEVERAL),
    ] = ()
    keep_latest: Annotated[
        Count | None,
        Field(description="Leave alone the newest N of what `versions-matching` matches."),
        *(CHANGE, Default("0, or 1 with `older-than`")),
    ] = None
    older_than: Annotated[
        timedelta | None,
        BeforeValidator(values.duration),
        Field(
            description="Leave alone what matches and was published less than so long ago: `30d`."
        ),
        Details("Hours, days or weeks: `12h`, `30d`, `2w`. [More](#by-age)."),
        CHANGE,
    ] = None
    cli_input_json: Annotated[
        str | None,
        BeforeValidator(sources.checked_api_request),
        Field(description="The API request as JSON, or `file://…`; other inputs override it."),
        CHANGE,
    ] = None
    allow_failed_versions: Annotated[
        Allowed,
        BeforeValidator(values.allowed),
        Field(
            description="Failures that don't fail the step: `true`, or codes such as `NOT_FOUND`."
        ),
        *(WAY, SEVERAL),
    ] = Allowed()
    on_failure: Annotated[
        OnFailure,
        BeforeValidator(values.word),
        Field(
            description="What to do when a version can't change: `stop`, `continue` or `rollback`."
        ),
        Details(
            "`stop` sends nothing more; `continue` changes what can be changed, then fails; "
            "`rollback` puts back what this step changed."
        ),
        WAY,
    ] = OnFailure.STOP
    max_changes: Annotated[
        Count | None,
        Field(description="Maximum number of versions to change; a plan with more is refused."),
        *(WAY, Default("100 with `versions-matching`, `packages-matching` or repository `*`")),
    ] = None
    wait_seconds: Annotated[
        Seconds,
        Field(description="Wait up to N seconds for every requested version to appear."),
        Details("A version that was published a moment ago may not be listed yet."),
        WAY,
    ] = 0
    dry_run: Annotated[
        Switch,
        Field(description="The same plan and the same verdict, and nothing is sent."),
        WAY,
    ] = False
    allow_irreversible: Annotated[
        Switch,
        Field(
            description="Allow the target statuses `Disposed` and `Deleted`, which can't be undone."
        ),
        WAY,
    ] = False
    concurrency: Annotated[
        int,
        Field(ge=1, le=64, description="Maximum number of calls in flight."),
        WAY,
    ] = 8
    timeout_seconds: Annotated[
        int,
        Field(
            ge=1,
            le=86400,
            description="A deadline over the whole step; what was reached is written out.",
        ),
        WAY,
    ] = 600
    output: Annotated[
        Output,
        BeforeValidator(values.word),
        Field(description="How the log shows the result: `text`, `json`, `table` or `none`."),
        BACK,
    ] = Output.TEXT
    query: Annotated[
        str | None,
        BeforeValidator(values.query),
        Field(description="A JMESPath expression over `result`, into `query-result`."),
        BACK,
    ] = None
    undo_file: Annotated[
        str | None,
        BeforeValidator(paths.workspace_path),
        Field(description="A file of the workspace for `undo` as JSON."),
        Details(
            "A path in the workspace (the current directory), for a document of any size. It holds "
            "the whole way back before the first call, and exactly what was changed at the end. A "
            "step that changes nothing keeps the way back that is already there."
        ),
        BACK,
    ] = None
    result_file: Annotated[
        str | None,
        BeforeValidator(paths.workspace_path),
        Field(description="A file of the workspace for `result` as JSON."),
        BACK,
    ] = None
    output_file: Annotated[
        str | None,
        BeforeValidator(paths.report_path),
        Field(description="Outside GitHub: a file for the outputs, as dotenv lines."),
        BACK,
    ] = None
    summary_file: Annotated[
        str | None,
        BeforeValidator(paths.report_path),
        Field(description="Outside GitHub: a file for the summary, as Markdown."),
        BACK,
    ] = None
    debug: Annotated[
        Switch, Field(description="Log what is sent and answered, without the secrets."), BACK
    ] = False
    role_to_assume: Annotated[
        RoleArn | None,
        BeforeValidator(values.role_arn),
        Field(description="The ARN of the role to assume; without it, boto3's credential chain."),
        *(WHO, UNDO),
    ] = None
    aws_region: Annotated[
        str | None,
        BeforeValidator(values.region),
        Field(
            validation_alias=sources.variables("aws_region", "AWS_REGION", "AWS_DEFAULT_REGION"),
            description="The AWS region.",
        ),
        *(WHO, UNDO, Default("`AWS_REGION`, `AWS_DEFAULT_REGION`")),
    ] = None
    audience: Annotated[Text, Field(description="The audience of the OIDC token."), WHO, UNDO] = (
        "sts.amazonaws.com"
    )
    role_session_name: Annotated[
        Text | None,
        Field(description="The role session's name, made valid if it isn't."),
        *(WHO, Default("repository, run, attempt")),
    ] = None
    role_duration_seconds: Annotated[
        int | None,
        Field(ge=900, le=43200, description="Seconds that a role session lasts."),
        Details("One that ends before the step does is renewed."),
        *(WHO, Default("`timeout-seconds`, but 900 to 3600")),
    ] = None
    session_policy: Annotated[
        str,
        BeforeValidator(values.session_policy),
        Field(description="What the session may do: `least-privilege`, `none`, or a JSON policy."),
        WHO,
    ] = "least-privilege"
    allowed_account_ids: Annotated[
        tuple[str, ...],
        BeforeValidator(values.account_ids),
        Field(description="Accounts, 12 digits each, outside of which the step refuses to go on."),
        *(WHO, SEVERAL),
    ] = ()
    web_identity_token_file: Annotated[
        str | None,
        BeforeValidator(values.token_file),
        Field(description="A file with an OIDC token that something else put there."),
        *(WHO, UNDO),
    ] = None
    role_chaining: Annotated[
        Switch,
        Field(description="Assume the role with the credentials at hand instead of OIDC."),
        *(WHO, UNDO),
    ] = False
    role_external_id: Annotated[
        str | None,
        BeforeValidator(values.external_id),
        Field(description="The external id that the role asks for, with `role-chaining`."),
        *(WHO, UNDO, SECRET),
    ] = None
    profile: Annotated[
        Text | None, Field(description="A profile of the AWS configuration files."), WHO, UNDO
    ] = None
    endpoint_url: Annotated[
        str | None,
        BeforeValidator(values.url),
        Field(description="Another endpoint for CodeArtifact."),
        Details("STS's is `AWS_ENDPOINT_URL_STS`, as in every AWS SDK."),
        *(CONNECTION, UNDO),
    ] = None
    ca_bundle: Annotated[
        str | None,
        BeforeValidator(paths.certificates),
        Field(description="A file of CA certificates to verify TLS with."),
        *(CONNECTION, UNDO),
    ] = None
    cli_connect_timeout: Annotated[
        Seconds,
        Field(description="Seconds to wait for a connection; 0 waits forever."),
        CONNECTION,
    ] = 60
    cli_read_timeout: Annotated[
        Seconds, Field(description="Seconds to wait for an answer; 0 waits forever."), CONNECTION
    ] = 60
    no_verify_ssl: Annotated[
        Switch, Field(description="Do not verify TLS certificates."), CONNECTION, UNDO
    ] = False
    no_sign_request: Annotated[
        Switch, Field(description="Do not sign requests."), CONNECTION, UNDO
    ] = False
    aws_max_attempts: Annotated[
        int, Field(ge=1, le=100, validation_alias=AliasChoices("AWS_MAX_ATTEMPTS"))
    ] = 5
    """A variable of every AWS SDK, and no input: it is in no group."""

    right: Annotated[
        None, BeforeValidator(_hand_over), Field(init=False, validate_default=True)
    ] = None
    """The last, so that it sees all others: see ``_hand_over``."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic-settings' signature
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags, environment, cli-input-json, in this order; never a .env file of the checkout."""
        return (
            init_settings,
            sources.Environment(settings_cls),
            sources.ApiRequest(settings_cls),
        )
