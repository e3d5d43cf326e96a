"""Whether a wish is to come in or to get out, told by its verbs in five languages.

Wishes are mostly to come in, so only a clear word says otherwise; somebody who *was* removed wants to come back.
"""

import re
from typing import Final

from agent.planners.wording import folded

# Matched on folded text.
_OUT: Final = re.compile(
    r"\b(?:remove|revoke|withdraw|delete|kick|unsubscribe|drop)\b|\b(?:take|throw|get|move|let|leave) (?!in\b)"
    r"(?:\S+ ){1,5}?(?:out|off|away)\b|\bleave (?:the|this|that|my|our)\b|\bmust (?:go|leave)\b"
    r"|\b(?:lose|loses) (?:the |all )?access|\btake (?:\S+ ){1,6}?from\b|\breprenez\b|\b(?:nimm|nehmt)\b.{0,60}\bweg\b"
    r"|\bno longer (?:need|want|be)|\b(?:don't|do not) (?:need|want) .{0,40}(?:any ?more|any longer)"
    r"|\b(?:entfern\w*|streich\w*|losch\w*|entzieh\w*|abmelden|austragen|rauswerfen|herausnehmen|rausnehmen)\b"
    r"|\b(?:nimm|nehmt|nehmen|werft|wirf|tragt?)\b.{0,60}\b(?:raus|heraus|aus)\b|\b(?:raus|heraus)\b"
    r"|\bnicht mehr (?:brauch|in|auf)|\b(?:brauche|benotige)\b.{0,50}\bnicht mehr\b"
    r"|\b(?:retire[rzs]?|retirez|enleve[rz]?|supprime[rz]?|desinscri\w*|desabonne\w*|sort(?:ez|ir)?|revoque[rz]?)\b"
    r"|\b(?:quitter|quitte|quittez)\b|\bn'?ai plus besoin|\bne (?:veux|souhaite) plus"
    r"|\b(?:quita\w*|sacar?\w*|saque\w*|elimina\w*|borra\w*|dar(?:me)? de baja|dame de baja|salir|revoca\w*)\b"
    r"|\bya no (?:necesit|quier|trabaj)\w*"
    r"|\b(?:retira\w*|retirem\w*|tira\w*|tirem\w*|remov\w*|elimin\w*|apag\w*|sair|revog\w*|cancel\w*)\b"
    r"|\bja nao (?:precis|quer)\w*",
)
_BACK: Final = re.compile(
    r"\b(?:was|been|got|wurde|ete|fui|fue|foi|ha sido|he sido) (?:\w+ )?(?:removed|deleted|kicked|entfernt)\b"
)
_IN: Final = re.compile(
    r"\b(?:add|re-?add|put|join|hinzu\w*|aufnehm\w*|ajoute\w*|anad\w*|agreg\w*|adicion\w*|acrescent\w*)\b"
)


def is_way_out(words: str) -> bool:
    """Whether the words ask to take somebody out, or to get out oneself."""
    comparable = folded(words)
    out = _OUT.search(comparable)
    if out is None or _BACK.search(comparable):
        return False
    into = _IN.search(comparable)
    return into is None or out.start() < into.start()
