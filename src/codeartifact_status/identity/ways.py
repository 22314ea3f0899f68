"""How a step gets an identity on each CI system: one text a system. Pure.

The files for these systems in `examples/ci` do it as it is said here.
"""

from collections.abc import Mapping

from codeartifact_status.errors import Place, System

ROLE = "arn:aws:iam::111122223333:role/release"
_AUDIENCE = "sts.amazonaws.com"
_GITLAB_VARIABLE = "STS_AMAZONAWS_COM_ID_TOKEN"


def token_at(system: System, *, variable: str = _GITLAB_VARIABLE, audience: str = _AUDIENCE) -> str:
    """How a job gets an OIDC token; ``variable`` is GitLab's for the ``audience``."""
    if system is System.GITLAB:
        return (
            "GitLab issues a token for each audience that the job declares, in a variable named "
            "after the audience. Declare it in the job:\n\n"
            f"```yaml\nid_tokens:\n  {variable}:\n    aud: {audience}\n```"
        )
    return _TOKENS[system]


_TOKENS: Mapping[System, str] = {
    System.GITHUB: (
        "Give the job this permission:\n\n"
        "```yaml\npermissions:\n  contents: read\n  id-token: write\n```\n\n"
        "For a reusable workflow, the calling job needs it as well."
    ),
    System.FORGEJO: (
        "Enable OpenID Connect for the job or the workflow (Forgejo 15 or newer; `permissions` has "
        "no effect there):\n\n```yaml\nenable-openid-connect: true\n```"
    ),
    System.CIRCLECI: (
        "Write the token to a file first, and name the file in `web-identity-token-file`. The "
        "command exists only in the job's own image:\n\n"
        "```sh\n"
        "token=$(mktemp)\n"
        f"""circleci run oidc get --claims '{{"aud": "{_AUDIENCE}"}}' > "$token"\n"""
        "```"
    ),
    System.BUILDKITE: (
        "The agent issues the token. Let the docker plugin mount the agent, and pass on the "
        "variable that identifies Buildkite:\n\n"
        "```yaml\n"
        "plugins:\n"
        "  - docker#v5.13.0:\n"
        "      mount-buildkite-agent: true\n"
        "      environment:\n"
        "        - BUILDKITE\n"
        "```\n\n"
        "Or let the agent write the token to a file first "
        f"(`buildkite-agent oidc request-token --audience {_AUDIENCE}`), and name the file in "
        "`web-identity-token-file`."
    ),
    System.JENKINS: (
        "The plugin OpenID Connect Provider issues one: use a credential of the kind *OpenID "
        f"Connect id token as file* with the audience `{_AUDIENCE}`, and its file in "
        "`web-identity-token-file`:\n\n"
        "```groovy\n"
        "withCredentials([file(credentialsId: 'aws-id-token', variable: 'ID_TOKEN_FILE')]) {\n"
        '  // web-identity-token-file: "$ID_TOKEN_FILE"\n'
        "}\n"
        "```"
    ),
    System.CODEBUILD: (
        "CodeBuild has no OIDC; a build has the credentials of its service role. Leave out "
        "`role-to-assume` to use them as they are, or add `role-chaining: true` to assume the role "
        "with them. A container that the build starts sees them only with "
        "`--env AWS_CONTAINER_CREDENTIALS_RELATIVE_URI`."
    ),
    System.SHELL: (
        "Tokens are available on GitHub, GitLab, CircleCI, Buildkite and Google Cloud, each "
        "through its own variables; a container sees only those that are passed to it. Elsewhere, "
        "name a file that holds a token in `web-identity-token-file`, or add `role-chaining: true` "
        "to assume the role with the AWS credentials at hand."
    ),
}


_OF_BUILD = (
    "A build has the credentials of its service role; a container that it starts sees them only "
    "with `--env AWS_CONTAINER_CREDENTIALS_RELATIVE_URI`."
)
_AT_HAND: Mapping[System, str] = {
    System.GITHUB: "`aws-actions/configure-aws-credentials` provides them to later steps.",
    System.CODEBUILD: _OF_BUILD,
}


def credentials_at(place: Place) -> str:
    """What gives a step credentials that has none."""
    if place.names_role:
        return (
            "`role-chaining: true` assumes the role with existing credentials. Get them before "
            "this step, or leave `role-chaining` out to assume the role with an OIDC token. "
            f"{_AT_HAND.get(place.system, '')}"
        ).strip()
    match place.system:
        case System.GITHUB | System.FORGEJO if place.from_fork:
            return _why_empty(place)
        case System.GITHUB | System.FORGEJO:
            return f"{_why_empty(place)}\n\n{_role_of_workflow(place)}"
        case System.CODEBUILD:
            return _OF_BUILD
        case System.SHELL:
            return (
                "Log in, and export the credentials:\n\n"
                '```sh\naws sso login\neval "$(aws configure export-credentials --format env)"\n```'
                "\n\nOr name a profile in `profile`. A container sees neither your files nor your "
                "variables: pass `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and "
                "`AWS_SESSION_TOKEN` with `--env`, each by its name."
            )
        case _:
            return (
                f"Set `role-to-assume` to a role that trusts this job (`{ROLE}`). If it comes from "
                "a variable, the variable may be empty here because it is protected or belongs to "
                f"another environment. {token_at(place.system)}"
            )


_SKIP = "if: github.event.pull_request.head.repo.full_name == github.repository"


def _why_empty(place: Place) -> str:
    """Why the role may be missing, of what is known; a container can't tell empty from absent."""
    if place.from_fork:
        return (
            "This run was started by a pull request from a fork, and such runs get no secrets and "
            "no OIDC token; a `role-to-assume` from a secret is empty. Code from a fork must not "
            f"be able to change what is published, so skip the step there: `{_SKIP}`."
        )
    if place.by_dependabot:
        return (
            "This run was started by Dependabot, whose runs get only Dependabot's secrets, not "
            "those of Actions; a `role-to-assume` from a secret is empty. Skip the step there "
            "(`if: github.actor != 'dependabot[bot]'`), or write the role's ARN into the workflow: "
            "it is no secret."
        )
    if place.by_flags:
        return "`role-to-assume` is not set."
    return (
        "`role-to-assume` is missing or empty. `${{ secrets.… }}` and `${{ vars.… }}` are empty if "
        "the name is misspelled, if it belongs to an environment and the job has no "
        "`environment:`, and in a reusable workflow without `secrets: inherit`. The role's ARN is "
        "not a secret and can be written out:"
    )


def _role_of_workflow(place: Place) -> str:
    permission = (
        "enable-openid-connect: true\n"
        if place.system is System.FORGEJO
        else "permissions:\n  id-token: write\n"
    )
    if place.by_flags:
        return (
            f"```yaml\n{permission}steps:\n"
            f"  - run: codeartifact-status --role-to-assume {ROLE} …\n```"
        )
    return (
        f"```yaml\n{permission}steps:\n  - uses: {place.action}\n    with:\n"
        f"      role-to-assume: {ROLE}\n```\n\n"
        "Credentials that `aws-actions/configure-aws-credentials` left in an earlier step of the "
        "job serve as well."
    )
