"""Closed lists of values of the vocabulary's attributes, where they are too long to stand beside the attribute."""

from typing import Final, Literal, get_args

ROLES: Final = ("employee", "manager", "helpdesk", "it_admin", "msp_tech")

TARGETS: Final = ("user", "group", "device", "site", "mailbox", "app", "policy", "alert", "tenant")

# What somebody may do, from the least to the most; the first two are for calendars only. A type too, because those who
# share a calendar take all of them and no others.
SharedRole = Literal["freeBusyRead", "limitedRead", "read", "write"]
ACCESS: Final[tuple[str, ...]] = get_args(SharedRole)

# Graph reference, security-alert-update. A type too, because the actions of triage take no others.
Classification = Literal["unknown", "falsePositive", "truePositive", "informationalExpectedActivity"]
CLASSIFICATIONS: Final[tuple[str, ...]] = get_args(Classification)

# Every property that an action of the catalogue can change or set, as Graph names them: of people, groups, mailboxes,
# alerts and incidents. A rule that names all but some of them can so say "these and no others".
PROPERTIES: Final = (
    "assignedTo",
    "businessPhones",
    "city",
    "classification",
    "companyName",
    "country",
    "dateFormat",
    "department",
    "description",
    "determination",
    "displayName",
    "employeeId",
    "givenName",
    "jobTitle",
    "language",
    "mobilePhone",
    "officeLocation",
    "postalCode",
    "preferredLanguage",
    "state",
    "status",
    "streetAddress",
    "surname",
    "timeFormat",
    "timeZone",
    "usageLocation",
    "visibility",
)

# Graph reference, teamsPolicyUserAssignment. A type too, because the action that assigns such a policy takes no others.
TeamsPolicyType = Literal[
    "TeamsAppPermissionPolicy",
    "TeamsAppSetupPolicy",
    "TeamsCallingPolicy",
    "TeamsChannelsPolicy",
    "TeamsEventsPolicy",
    "TeamsMeetingBroadcastPolicy",
    "TeamsMeetingPolicy",
    "TeamsMessagingPolicy",
    "TeamsUpdateManagementPolicy",
]
TEAMS_POLICIES: Final[tuple[str, ...]] = get_args(TeamsPolicyType)
