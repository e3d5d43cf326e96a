"""Runbook: somebody reports an attack, on themselves or on somebody else. The security team always hears of it.

1. About somebody else's account nothing is done by itself: whoever reports it may be wrong, or the attacker.
2. So too about a mere sighting, such as a suspicious mail that nobody opened, and where the requester asks that
   nothing be done.
3. Look up the requester's risk, roles and groups. An administrator's account is for people, at once.
4. Contain the requester's own account: end all its sessions, whatever is known, because that takes nothing away.
5. Reset its password too, if it was typed or told; not after a mail, not of an account with an open risk, and not of
   one that is mastered on-premises. There the security team does it.
6. The security team goes on once that is done. Mails and rules stay as they are: they are evidence.
"""

import re

from agent.actions import parse_step
from agent.planners.asks import Ask
from agent.planners.phrases import TYPED
from agent.planners.runbooks.relations import is_administrator, is_synced
from agent.planners.runbooks.resolving import others_named
from agent.planners.runbooks.risk import at_risk
from agent.planners.runbooks.runbook import Inquiry, Person, background, hand_over, plan_of, then_hand_over
from agent.planners.runbooks.sessions import ended
from agent.planners.wording import folded

# Matched on folded text. The requester's own account or device is in it: something was clicked, opened or entered, or
# somebody else acts in their name.
_TOUCHED = re.compile(
    r"\bclick\w*|\bopened\b|\bfell for\b|\bentered\b|\btyped\b|\bgave\b|\bhacked\b|\bcompromis\w+|\bsign-?ins?\b"
    r"|\blog-?ins?\b|\bprompts?\b|\bmy account\b|\bmy mailbox\b|\bmy password\b|\bnever wrote\b|\btook over\b"
    r"|\brequests\b"
    r"|\bgeklickt|\bgeoffnet|\breingefallen|\beingegeben|\beingetippt|\bgehackt|\bkompromittiert|\banmeld\w+"
    r"|\bmein\w* (?:konto|account|postfach|kennwort|passwort)|\bverraten\b"
    r"|\bclique\b|\bcliqu\w+|\bouvert\b|\bsaisi\w*|\bdonne\b|\bpirat\w+|\bconnexions?\b|\bmon (?:compte|mot)\b"
    r"|\bdicte\b"
    r"|\bpinch\w+|\bhice clic|\bhe abierto\b|\babri\b|\bcai\b|\bmeti\b|\bpuse\b|\bhackea\w+|\binicio de sesion"
    r"|\bmi (?:cuenta|buzon|contrasena|clave)\b"
    r"|\bcliquei|\bcarreguei\b|\bpus\b|\bescrevi\b|\bdei\b|\binseri\b|\binicios? de sessao|\blogins?\b"
    r"|\bminha (?:conta|caixa|senha|palavra)|\bdisse a minha\b"
)
# The password, or what stands for it, left the requester's hands.
_TOLD = re.compile(
    r"(?:\bpass ?words?\b|\bpasswort|\bkennwort|\bcredentials?\b|\blogin (?:details|data)\b|\bmy (?:login|details)\b"
    r"|\banmeldedaten|\bzugangsdaten|\bmeine daten\b|\bmots? de passe\b|\bmdp\b|\bidentifiants?\b|\bcodes?\b"
    r"|\bcontrasena|\bclave\b|\bcredenciales\b|\bmis datos\b|\bpalavra[- ]passe|\bsenha|\bcredenciais\b"
    r"|\bos meus dados\b"
    r"|\bdetails\b|\bpass\b)"
)
_NOT_TOUCHED = re.compile(
    r"\b(?:did not|didn't|have not|haven't|not|nobody|no one) (?:\w+ )?(?:click\w*|open\w*|answer\w*|enter\w*|repl\w+)"
    r"|\bnicht(?:s)? (?:an)?(?:geklickt|geoffnet|eingegeben|geantwortet)|\b(?:pas|rien) (?:clique|ouvert|saisi|repondu)"
    r"|\bno (?:he|hemos) (?:\w+ )?(?:clic|pinchado|abierto|contestado)|\bno pinche\b|\bno abri\b"
    r"|\bnao (?:cliquei|abri|carreguei|respondi|inseri|escrevi)"
)
# The account is said to be somebody else's.
_THEIRS = re.compile(
    r"\w's (?:account|mailbox|inbox)\b"
    r"|\b(?:account|mailbox|konto|postfach|compte|boite|messagerie|cuenta|buzon|conta|caixa)(?: mail)? "
    r"(?:of|von|vom|de|du|del|da|do) (?!my\b|mein|mon\b|ma\b|mi\b|minha?\b|meu\b|mim\b|moi\b|me\b|correo|correio"
    r"|courrier|reception|e-?mail|entrada|mail|l\b|la\b|le\b|o\b|a\b|usuario|utilizador|travail|trabajo|trabalho"
    r"|empresa)\w"
    r"|\b(?:compte|boite|messagerie) d'\w"
    r"|\b(?:his|her|their|colleague'?s|sein\w*|ihr(?:e[nmrs]?)?|kolleg\w+|collegue|companer[oa]|colega)\b.{0,24}"
    r"\b(?:account|mailbox|konto|postfach|compte|boite|cuenta|buzon|conta|caixa)\b"
    r"|\b(?:account|mailbox|konto|postfach|compte|boite|messagerie|cuenta|buzon|conta|caixa)\b.{0,16}"
    r"\b(?:colleague|kolleg\w+|collegue|companer[oa]|colega|dele|dela)\b"
)
# The requester speaks of themselves, by a word or by the ending of a verb.
_OF_ONESELF = re.compile(
    r"\b(?:i|i'?(?:ve|m|d)|me|my|we|our|ich|mich|mir|mein\w*|wir|uns\w*|je|moi|mon|ma|mes|m'\w+|nous|yo|mi|mis|he"
    r"|hice|abri|puse"
    r"|meti|pinche|recibi|di|cai|eu|meu|minha|meus|minhas|cliquei|carreguei|pus|dei|inseri|recebi|fui)\b|\bj'"
)
_LEAVE_IT = re.compile(
    r"\b(?:do not|don't|please not|no need to) (?:\w+ ){0,3}(?:sessions?|sign me out|log me out)"
    r"|\bsitzungen (?:\w+ )?nicht\b|\b(?:ne|n')\w* ?(?:\w+ )?pas (?:\w+ ){0,2}sessions?|\bno (?:cerr|borr|revo)\w*"
    r"|\bnao (?:termin|encerr|fech|revog|apag)\w*"
)


def security_incident(ask: Ask, requester: Person) -> Inquiry:
    """As the numbered list above."""
    words = folded(ask.words)
    # (1)
    if ask.person or _THEIRS.search(words):
        return hand_over("an attack on somebody else's account is reported", queue="security")
    if not _OF_ONESELF.search(words) and (yield from others_named(ask, requester)):
        return hand_over("somebody else is named in the report of an attack", queue="security")
    # (2)
    is_touched = _TOUCHED.search(words) or TYPED.search(words)
    if not is_touched or _NOT_TOUCHED.search(words) or _LEAVE_IT.search(words):
        why = "something suspicious is reported, and nothing says that an account is touched"
        return hand_over(why, queue="security")
    # (3)
    seen = yield background(requester)
    if is_administrator(requester, seen):
        return hand_over("an attack on an administrator's account is reported", queue="security")
    # (4)
    steps = [ended(requester)]
    # (5)
    may_reset = ask.is_proven and requester.enabled and not is_synced(requester) and at_risk(*seen) is None
    if _TOLD.search(words) and may_reset:
        whose = {"user_id": requester.id, "user_name": requester.name}
        steps.append(parse_step("entra.user.password.reset", whose))
    # (6)
    contained = plan_of("the requester's account may be in other hands, so it is contained at once", tuple(steps))
    return then_hand_over(contained, "security", why="the account was contained; what happened must be looked into")
