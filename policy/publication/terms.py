"""What a draft changes that no verdict shows: how a limit counts, and for how long an approval stays good.

An analysis compares decisions. A cap that is counted per plan instead of per tenant, or an approval that lives for a
week instead of an hour, decides nothing otherwise and still loosens what is in force; so it is told here.
"""

from collections.abc import Iterator

from policy.bundle import Bundle
from policy.document import ApprovalTerms, LimitDocument, PolicyDocument


def changed_terms(old: Bundle, new: Bundle, *, tenant_id: str) -> tuple[str, ...]:
    """Return one sentence for every limit and every validity of approvals that differs, sorted by id.

    A limit that is new or gone is told too; so is the validity of a rule that asked nobody before.
    """
    limits_before, limits_after = dict(_limits(old, tenant_id)), dict(_limits(new, tenant_id))
    changed = [
        _changed(f"limit `{name}`", before=limits_before.get(name), after=limits_after.get(name))
        for name in sorted(limits_before.keys() | limits_after.keys())
    ]
    valid_before, valid_after = dict(_validities(old, tenant_id)), dict(_validities(new, tenant_id))
    # A rule that is gone asks nobody any more, which the analysis shows.
    changed += [
        _changed(f"approvals that `{name}` asks for", before=valid_before.get(name), after=valid)
        for name, valid in sorted(valid_after.items())
    ]
    return tuple(filter(None, changed))


def _changed(what: str, *, before: str | None, after: str | None) -> str:
    if before == after:
        return ""
    if before is None:
        return f"{what}: {after}; new"
    return f"{what}: {after or 'gone'}; was {before}"


def _limits(bundle: Bundle, tenant_id: str) -> Iterator[tuple[str, str]]:
    for document in _applicable(bundle, tenant_id):
        for limit in document.limits:
            yield limit.id, _limit_words(limit)


def _limit_words(limit: LimitDocument) -> str:
    counted = limit.count.replace("_", " ")
    return (
        f"at most {limit.max} {counted} of {', '.join(limit.actions)} per {limit.per} in {limit.window}, "
        f"over it {limit.over.replace('_', ' ')}"
    )


def _validities(bundle: Bundle, tenant_id: str) -> Iterator[tuple[str, str]]:
    for document in _applicable(bundle, tenant_id):
        for entry in document.entries:
            if entry.approval is not None:
                yield entry.id, _validity_words(entry.approval)


def _validity_words(terms: ApprovalTerms) -> str:
    return f"good for {terms.valid_for}"


def _applicable(bundle: Bundle, tenant_id: str) -> Iterator[PolicyDocument]:
    return (one for one in bundle.documents if one.is_for(tenant_id))
