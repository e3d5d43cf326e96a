"""The section `policyData` of a tenant file, typed: what a tenant decides within the reference policy.

Keys may be missing; a missing list is empty and gives no rule. Keys that are not named here are left alone:
they belong to other parts of the product (`escalation_queues`) or to files of the future.
"""

import re
from typing import Annotated, Final, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

from devhost.errors import StartError

Text = Annotated[str, Field(min_length=1, max_length=256)]
Texts = tuple[Text, ...]
# A group's name, and the departments that the rule about it speaks of.
ByGroup = dict[Text, Texts]

# Labels as RFC 1035, section 2.3.1, has them (RFC 1123 lets them start with a digit), two at least.
_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_DOMAIN: Final = re.compile(rf"{_LABEL}(?:\.{_LABEL})+")


def _bare_domain(name: str) -> str:
    if not _DOMAIN.fullmatch(name):
        raise ValueError(f"expected a bare domain such as `partner.example`, got `{name}`")
    return name


def _within_calendar(moment: AwareDatetime) -> AwareDatetime:
    # In the first and the last year of the calendar another time zone, or the next day, may have no date.
    if not 1 < moment.year < 9999:
        raise ValueError(f"expected a year from 2 to 9998, got {moment.year}")
    return moment


# The domain of a mail address, compared as a whole: a pattern would be the domain of nobody.
Domains = tuple[Annotated[Text, AfterValidator(_bare_domain)], ...]
Moment = Annotated[AwareDatetime, AfterValidator(_within_calendar)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class FreezeWindow(_Part):
    """A time in which what `scope` names is not changed. `from` is included, `to` is not (RP-25)."""

    scope: Text
    start: Moment = Field(alias="from")
    end: Moment = Field(alias="to")
    reason: str = ""

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.end <= self.start:
            raise ValueError("expected `to` after `from`")
        return self


class AccessPass(_Part):
    """Terms of a Temporary Access Pass (RP-27); the product never issues one that lives longer than an hour."""

    max_lifetime_minutes: Annotated[int, Field(ge=10, le=60, alias="maxLifetimeInMinutes")] = 60


class PolicyData(_Part):
    """All of `policyData` that becomes rules. Names are those of the file.

    `hr_departments` is ours: without it HR is the department of the file that bears one of its usual names; an
    empty list means that nobody is HR.
    """

    open_groups: Texts = ()
    auto_departments: ByGroup = {}
    peer_departments: ByGroup = {}
    closed_groups: ByGroup = {}
    protected_groups: Texts = ()
    protected_users: Texts = ()
    protected_apps: Texts = ()
    vip: Texts = ()
    admin_approvers: Texts = ()
    hr_departments: Texts = ()
    guest_domains_allowed: Domains = ()
    guest_domains_blocked: Domains = ()
    free_skus: Texts = ()
    prohibited_software: Texts = ()
    self_attributes: Texts = ()
    sensitive_attributes: Texts = ()
    hr_attributes: Texts = ()
    # RP-26 names the numbers; a tenant file may say others.
    bulk_second_admin_over: Annotated[int, Field(ge=0)] = 10
    bulk_escalate_over: Annotated[int, Field(ge=0)] = 50
    freeze: tuple[FreezeWindow, ...] = ()
    tap: AccessPass = AccessPass()


def read_policy_data(data: object) -> PolicyData:
    """Return the section, or an empty one for None.

    Raises:
        StartError: a key is of another shape; the message names the first.
    """
    try:
        return PolicyData.model_validate(data or {})
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise StartError(f"`policyData.{place}`: {first['msg'][:1].lower()}{first['msg'][1:]}") from None
