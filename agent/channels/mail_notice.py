"""The mail that tells somebody that an answer of theirs is waited for: constant words, a time and a link, no more.

Mail is read by servers, previews and whoever has the mailbox open, so nothing of a case stands in it: no name, no
title, no word of a ticket or plan. The link proves nothing; its page shows nothing before a fresh sign-in (ADR 0017).
"""

from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from agent.channels.own_pages import OwnPage
from agent.model.mail_address import is_mail_address
from agent.ports import ApprovalNotice
from policy.canonical import digest

SUBJECT = "Remit: an approval waits for your answer"

# Lines are as long as SMTP allows (RFC 5321, section 4.5.3.1.6): a link or an address is never folded.
_POLICY = SMTP.clone(max_line_length=998)


def mail_notice(
    notice: ApprovalNotice, person_id: str, *, page: OwnPage, to: str, sender: str, now: datetime
) -> EmailMessage:
    """Return the mail to one person at `to`, from the address `sender`, about the question on `page`.

    Of the case only the end of its question stands in it.

    Raises:
        ValueError: `to` or `sender` is no plain mail address.
    """
    if not is_mail_address(to) or not is_mail_address(sender):
        raise ValueError("expected plain mail addresses")
    letter = EmailMessage(policy=_POLICY)
    letter["From"] = Address("Remit", addr_spec=sender)
    letter["To"] = Address(addr_spec=to)
    letter["Subject"] = SUBJECT
    letter["Date"] = format_datetime(now.astimezone(UTC))
    letter["Message-ID"] = f"<{_message_key(notice, person_id)}@{sender.rpartition('@')[2]}>"
    # So that no vacation notice comes back (RFC 3834, section 5; Exchange reads its own header).
    letter["Auto-Submitted"] = "auto-generated"
    letter["X-Auto-Response-Suppress"] = "All"
    letter.set_content(_words(notice.request.expires_at, page.url), charset="us-ascii", cte="7bit")
    return letter


def _message_key(notice: ApprovalNotice, person_id: str) -> str:
    """Return what is the same whenever this person is told of this question again, so that doubles can be dropped.

    A question that is put once more because somebody must sign in again is another one at each step.
    """
    again = [notice.case.step_index] if notice.case.sign_in_of else []
    return digest(["mail", notice.request.id, person_id, *again])[:40]


def _words(expires_at: datetime, url: str) -> str:
    return (
        f"Something waits for your answer until {expires_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC.\n\n"
        f"{url}\n\n"
        "The page shows what it is once you have signed in. Without an answer nothing is done, and a person takes over."
        "\nThis mail needs no reply, and nobody will ask you for a password or a code because of it.\n"
    )
