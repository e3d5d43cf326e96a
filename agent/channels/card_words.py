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
    TOO_LARGE = "This plan is too large for a card: open the full plan to read and approve it."
    NEEDS_SIGN_IN = "Needs a signed proof: you will be asked to sign in."
    OLD_CLIENT = "This card needs a newer Teams client."
    ONE_TIME_SECRET = "A one-time secret for you"

    REASON = "Reason (needed to refuse)"

    APPROVE = "Approve"
    REFUSE = "Refuse"
    REFRESH = "Refresh"
    FULL_PLAN = "Open the full plan"
