"""What became of a batch's versions: replies, doubts and what was read again become outcomes. Pure.

A call may have changed a version if it left and no final answer came. Such a doubt lasts over all
that is sent and answered later, until a reading settles it.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeAlias

from codeartifact_status.model import (
    Batch,
    Code,
    Denied,
    Doubt,
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

Doubts: TypeAlias = Mapping[str, Doubt]
"""What is in doubt about each version of a batch, after all that was sent for it."""


def is_conflict(reply: Reply) -> bool:
    """Whether another change was under way, so that the call may be sent again after reading."""
    return reply.error is not None and reply.error.code == CONFLICT


def doubts_of(batch: Batch, reply: Reply, former: Doubts) -> dict[str, Doubt]:
    """What is in doubt after a reply: what was before, the reply itself, and its silence."""
    return {
        version: max(
            former.get(version, Doubt.NONE),
            reply.doubt,
            Doubt.PAST if _is_silent(batch, version, reply) else Doubt.NONE,
        )
        for version in batch.versions
    }


def remaining(doubts: Doubts, now: Reading) -> dict[str, Doubt]:
    """What is in doubt still after a reading, for versions that it didn't show at the target."""
    if isinstance(now, Denied):
        return dict(doubts)
    return {version: _after_reading(doubt) for version, doubt in doubts.items()}


def _after_reading(doubt: Doubt) -> Doubt:
    return Doubt.OUT if doubt is Doubt.OUT else Doubt.NONE


def needs_reading(batch: Batch, reply: Reply, doubts: Doubts) -> bool:
    """Whether any version has to be read again to know how it ended.

    A refusal of a call that was sent once leaves no doubt of its own: nothing was changed.
    """
    refused = reply.error is not None and reply.sends <= 1 and not is_conflict(reply)
    return not all(
        _is_confirmed(batch, version, reply) or (refused and doubts[version] is Doubt.NONE)
        for version in batch.versions
    )


def outcomes_of(
    plan: Plan, batch: Batch, reply: Reply, now: Reading, doubts: Doubts
) -> dict[str, Outcome]:
    """How each version of a batch ended; ``now`` is what was read again, or DENIED."""
    return {
        version: _outcome(
            batch,
            version,
            reply,
            now,
            read=plan.state(batch.package, version),
            doubt=doubts.get(version, Doubt.NONE),
        )
        for version in batch.versions
    }


def is_to_be_sent_again(batch: Batch, version: str, reply: Reply, now: Reading) -> bool:
    """Whether a version failed for no fault of its own, and is still as it was planned."""
    failure = reply.failed.get(version) or reply.error
    if failure is None or failure.code not in {Code.SKIPPED, CONFLICT}:
        return False
    if isinstance(now, Denied):
        return failure.code == Code.SKIPPED
    state = now.get(version)
    if state is None:
        return False
    return batch.expected_status in {None, state.status} and _pin(batch, version) in {
        None,
        state.revision,
    }


def rolled_back(
    outcomes: Mapping[Key, Outcome], returned: Mapping[Key, Outcome], targets: Mapping[Key, str]
) -> tuple[dict[Key, Outcome], dict[Key, Failure]]:
    """The outcomes after a rollback, whose own outcomes are ``returned``.

    ``targets`` are the statuses that the step was to set. What was put back is told so, also where
    it had been in doubt; but a call that is out may yet set it once more, and then it is in doubt
    still. What isn't at its target any more was moved by somebody else, and is not ours to undo.

    Returns:
        The outcomes, and the versions that were to be put back and could not, with the reason.
    """
    ended = dict(outcomes)
    stuck: dict[Key, Failure] = {}
    for key, outcome in outcomes.items():
        is_changed = outcome.verdict is Verdict.CHANGED
        if not is_changed and outcome.doubt is Doubt.NONE:
            continue
        end = returned.get(key)
        if end is None:
            if is_changed:
                stuck[key] = Failure(Code.NOT_ALLOWED, "CodeArtifact can't reverse this change")
        elif end.failure is None:
            is_ours = is_changed or end.verdict is Verdict.CHANGED
            ended[key] = _put_back(outcome, end) if is_ours else replace(outcome, after=end.after)
        elif end.doubt is not Doubt.NONE or not is_changed:
            stuck[key] = end.failure
            ended[key] = replace(
                outcome,
                verdict=Verdict.FAILED,
                after=end.after or outcome.after,
                failure=Failure(Code.UNREPORTED, end.failure.message),
                doubt=max(outcome.doubt, end.doubt),
            )
        elif end.after in {None, targets[key]}:
            stuck[key] = end.failure
        else:
            ended[key] = replace(
                outcome, verdict=Verdict.FAILED, after=end.after, failure=end.failure
            )
    return ended, stuck


def _put_back(outcome: Outcome, end: Outcome) -> Outcome:
    text = f"put back to {end.after}, because another version of this step failed"
    if outcome.doubt is Doubt.OUT:
        text += "; but a call without an answer may yet change it again"
        failure = Failure(Code.UNREPORTED, text)
        return replace(outcome, verdict=Verdict.FAILED, after=end.after, failure=failure)
    return replace(
        outcome,
        verdict=Verdict.ROLLED_BACK,
        after=end.after,
        failure=Failure(Code.ROLLED_BACK, text),
        doubt=Doubt.NONE,
    )


def _outcome(
    batch: Batch,
    version: str,
    reply: Reply,
    now: Reading,
    *,
    read: State | None,
    doubt: Doubt,
) -> Outcome:
    """How a version of a batch ended; ``read`` is its state when the batch was planned.

    ======================  =====================  =========================================
    read again              doubt                  outcome
    ======================  =====================  =========================================
    at the target           NONE                   unchanged: somebody else did it
    at the target           PAST, OUT              changed
    elsewhere               NONE, PAST             failed, with the service's code
    elsewhere               OUT                    failed UNREPORTED, in doubt
    not to be read          NONE                   failed, with the service's code
    not to be read          PAST, OUT              failed UNREPORTED, in doubt
    ======================  =====================  =========================================
    """
    if _is_confirmed(batch, version, reply):
        return _confirmed(batch, version, reply, read=read, doubt=doubt)
    pin = _pin(batch, version)
    was_read = not isinstance(now, Denied)
    state = read if isinstance(now, Denied) else now.get(version)
    if was_read and _is_at_target(batch, state, pin):
        ours = doubt is not Doubt.NONE
        former = read.status if read else None
        return Outcome(
            verdict=Verdict.CHANGED if ours else Verdict.UNCHANGED,
            before=former if ours else batch.target,
            after=batch.target,
            revision=state.revision if state else pin,
            doubt=_after_reading(doubt),
        )
    # Gone, or of another content than it is pinned to, it is beyond any call that is out.
    is_gone = was_read and (state is None or pin not in {None, state.revision})
    left = Doubt.NONE if is_gone else _after_reading(doubt) if was_read else doubt
    return Outcome(
        verdict=Verdict.FAILED,
        before=read.status if read else None,
        after=state.status if state else None,
        revision=state.revision if state else None,
        failure=_failure(version, reply, in_doubt=left is not Doubt.NONE),
        doubt=left,
    )


def _confirmed(
    batch: Batch, version: str, reply: Reply, *, read: State | None, doubt: Doubt
) -> Outcome:
    """The outcome of a version that the answer says is at the target."""
    # Where nothing was read, the answer shows that the user's expected status was right.
    former = read.status if read else batch.expected_status
    return Outcome(
        verdict=Verdict.UNCHANGED if former == batch.target else Verdict.CHANGED,
        before=former,
        after=batch.target,
        revision=_pin(batch, version) or reply.successful[version].revision,
        doubt=_after_reading(doubt),
    )


def _failure(version: str, reply: Reply, *, in_doubt: bool) -> Failure:
    failure = reply.failed.get(version) or reply.error
    if failure is None:
        text = f"CodeArtifact did not report what became of version {version}"
        return Failure(Code.UNREPORTED, text)
    if in_doubt:
        text = (
            f"a call that got no answer may have changed it, or may still do so: {failure.message}"
        )
        return Failure(Code.UNREPORTED, text)
    return failure


def _is_silent(batch: Batch, version: str, reply: Reply) -> bool:
    """Whether an answer doesn't say what became of a version."""
    said = version in reply.failed or _is_confirmed(batch, version, reply)
    return reply.error is None and not said


def _is_confirmed(batch: Batch, version: str, reply: Reply) -> bool:
    state = reply.successful.get(version)
    return state is not None and state.status == batch.target and version not in reply.failed


def _is_at_target(batch: Batch, state: State | None, pin: str | None) -> bool:
    if batch.target is Status.DELETED:
        return state is None
    return state is not None and state.status == batch.target and pin in {None, state.revision}


def _pin(batch: Batch, version: str) -> str | None:
    return batch.revisions.get(version) if batch.revisions else None
