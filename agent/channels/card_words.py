"""Every constant text of a card that is not in a TextRun: headlines, notes of our own, labels and titles of buttons.

A TextBlock, a label and a button take a member of this list and nothing else, so nothing foreign ever stands where
a client reads Markdown.
"""

import enum


class Words(enum.Enum):
    """A constant text. A new one is a new member here, never a text that was put together."""

    APPROVAL_NEEDED = "Approval needed"
    APPROVED = "Approved"
    REFUSED = "Refused"
    EXPIRED = "Expired without an answer"
    CHANGED = "Closed: the plan or the case has changed"
    SIGN_IN_TO_GO_ON = "Approved already: it goes on when you have signed in again."
    TOO_LARGE = "This plan is too large for a card: open the full plan to read and approve it."
    NEEDS_SIGN_IN = "Needs a signed proof: you will be asked to sign in."
    OLD_CLIENT = "This card needs a newer Teams client."
    NOTHING_HERE = "There is no open question for you here."
    ONE_TIME_SECRET = "A one-time secret for you"

    ALWAYS = "Approve always: what it would be"
    GRANT_GIVEN = "Approved, and a standing grant given"
    GRANT_ENDED = "The standing grant has ended"
    NOTHING_YET = "Nothing is approved yet. Confirm, and this request is approved together with the grant."

    REASON = "Reason (needed to refuse)"
    WHO_ASKS = "When it stands in for you"
    AS_BEFORE = "Only what you approved before"
    SAME_REQUESTER = "Only when the same person asks"
    SAME_DEPARTMENT = "When anybody of the same department asks"
    WHICHEVER = "Whichever you choose"
    HOW_LONG = "For how long"
    DAYS_7 = "7 days"
    DAYS_30 = "30 days"
    DAYS_90 = "90 days"
    HOW_OFTEN = "How many times at most"

    APPROVE = "Approve"
    REFUSE = "Refuse"
    REFRESH = "Refresh"
    FULL_PLAN = "Full plan"
    APPROVE_ALWAYS = "Approve always..."
    GIVE_GRANT = "Confirm"
    BACK = "Back"
    REVOKE = "Revoke"
