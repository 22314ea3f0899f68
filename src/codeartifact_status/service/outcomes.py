"""What became of a batch's versions: the reply and what was read again become outcomes. Pure."""

from collections.abc import Mapping
from dataclasses import replace

from codeartifact_status.model import (
    Batch,
    Code,
    Denied,
    Failure,
    Key,
    Outcome,
    Plan,
    Reading,
    Reply,
    State,
    Status,
    Verdict,
)

CONFLICT = "ConflictException"

UNSURE = frozenset(
    {Code.MISMATCHED_STATUS, Code.NOT_FOUND, Code.SKIPPED, "ResourceNotFoundException"}
)
"""Codes that say nothing of a version whose call may have been carried out before."""


def is_conflict(reply: Reply) -> bool:
    """Whether another change was under way, so that the call may be sent again after reading."""
    return reply.error is not None and reply.error.code == CONFLICT


def needs_reading(batch: Batch, reply: Reply) -> bool:
    """Whether the reply leaves doubt about any version, so that it has to be read again.

    A refusal of the whole call that was sent once leaves none: nothing was changed.
    """
    refused = reply.error is not None and not reply.doubtful and not is_conflict(reply)
    return not refused and not all(
        _is_confirmed(batch, version, reply) for version in batch.versions
    )


def outcomes_of(plan: Plan, batch: Batch, reply: Reply, now: Reading) -> dict[str, Outcome]:
    """How each version of a batch ended; ``now`` is what was read again, or DENIED."""
    return {
        version: _outcome(batch, version, reply, now, plan.state(batch.package, version))
        for version in batch.versions
    }


def is_to_be_sent_again(batch: Batch, version: str, outcome: Outcome, now: Reading) -> bool:
    """Whether a version failed for no fault of its own, and is still as it was planned."""
    if outcome.failure is None or outcome.failure.code not in {Code.SKIPPED, CONFLICT}:
        return False
    if isinstance(now, Denied):
        return outcome.failure.code == Code.SKIPPED
    state = now.get(version)
    if state is None:
        return False
    return batch.expected_status in {None, state.status} and _pin(batch, version) in {
        None,
        state.revision,
    }


def rolled_back(
    outcomes: Mapping[Key, Outcome], returned: Mapping[Key, Outcome]
) -> tuple[dict[Key, Outcome], dict[Key, Failure]]:
    """The outcomes after a rollback, whose own outcomes are ``returned``.

    Returns:
        The outcomes, and the versions that were to be put back and could not, with the reason.
    """
    ended = dict(outcomes)
    stuck: dict[Key, Failure] = {}
    for key, outcome in outcomes.items():
        end = returned.get(key)
        if outcome.in_doubt and end is not None and end.failure is None:
            ended[key] = replace(outcome, after=end.after, in_doubt=False)
        if outcome.verdict is not Verdict.CHANGED:
            continue
        if end is None:
            stuck[key] = Failure(Code.NOT_ALLOWED, "CodeArtifact has no way back for it")
        elif end.failure is not None:
            stuck[key] = end.failure
            ended[key] = replace(outcome, after=end.after or outcome.after)
        else:
            text = f"put back to {end.after}, because another version of this step failed"
            ended[key] = replace(
                outcome,
                verdict=Verdict.ROLLED_BACK,
                after=end.after,
                failure=Failure(Code.ROLLED_BACK, text),
            )
    return ended, stuck


def _outcome(batch: Batch, version: str, reply: Reply, now: Reading, read: State | None) -> Outcome:
    """How a version of a batch ended; ``read`` is its state when the batch was planned."""
    # Where nothing was read, a change shows that the user's expected status was right.
    before = read.status if read else batch.expected_status
    pin = _pin(batch, version)
    if _is_confirmed(batch, version, reply):
        return Outcome(
            verdict=Verdict.CHANGED,
            before=before,
            after=batch.target,
            revision=pin or reply.successful[version].revision,
        )
    failure = reply.failed.get(version) or reply.error
    in_doubt = False
    if isinstance(now, Denied):
        state = read
        in_doubt = failure is None or (
            reply.doubtful and failure.code in UNSURE | {Code.UNREPORTED}
        )
        if reply.doubtful and failure is not None and failure.code in UNSURE:
            text = f"an answer was lost, and what became of it can't be read: {failure.message}"
            failure = Failure(Code.UNREPORTED, text)
    else:
        state = now.get(version)
        if _is_at_target(batch, state, pin):
            # A version that the service didn't speak of, or whose call was sent more than once,
            # may be our doing; one that it refused the only time it was asked can't be.
            ours = reply.doubtful or failure is None
            return Outcome(
                verdict=Verdict.CHANGED if ours else Verdict.UNCHANGED,
                before=before if ours else batch.target,
                after=batch.target,
                revision=state.revision if state else pin,
            )
    return Outcome(
        verdict=Verdict.FAILED,
        before=read.status if read else None,
        after=state.status if state else None,
        revision=state.revision if state else None,
        failure=failure
        or Failure(Code.UNREPORTED, f"the service did not say what became of version {version}"),
        in_doubt=in_doubt,
    )


def _is_confirmed(batch: Batch, version: str, reply: Reply) -> bool:
    state = reply.successful.get(version)
    return state is not None and state.status == batch.target and version not in reply.failed


def _is_at_target(batch: Batch, state: State | None, pin: str | None) -> bool:
    if batch.target is Status.DELETED:
        return state is None
    return state is not None and state.status == batch.target and pin in {None, state.revision}


def _pin(batch: Batch, version: str) -> str | None:
    return batch.revisions.get(version) if batch.revisions else None
