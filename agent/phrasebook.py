"""Everything that Remit says in a chat of its own accord, in the five languages that its planner reads.

One place, so that nobody makes up a sentence elsewhere. Values in braces are ids of ours, names of phrases, or the
requester's own words given back to that very person; nothing from the directory and nothing about anybody else.
"""

from collections.abc import Mapping
from typing import Final

from agent.complaint_phrases import COMPLAINT_PHRASES
from agent.model.clarification import Missing
from agent.model.service_request import Language
from agent.outcome_phrases import OUTCOME_PHRASES
from agent.question_phrases import DETAILS, MORE_QUESTIONS
from agent.slack_phrases import SLACK_PHRASES

Texts = Mapping[Language, str]

_HELP: Final[Texts] = {
    "en": "Write in your own words what you need from IT, for example: “I forgot my password”, “Add me to the group "
    "Recipes”, “I need a Visio licence”. I ask back when something is missing. “status” shows your requests, “cancel” "
    "ends one.",
    "de": "Schreiben Sie mit Ihren eigenen Worten, was Sie von der IT brauchen, zum Beispiel: „Ich habe mein Passwort "
    "vergessen“, „Fügen Sie mich zur Gruppe Recipes hinzu“, „Ich brauche eine Visio-Lizenz“. Wenn etwas fehlt, frage "
    "ich nach. „Status“ zeigt Ihre Anfragen, „Abbrechen“ beendet eine.",
    "fr": "Écrivez avec vos propres mots ce dont vous avez besoin, par exemple : « J'ai oublié mon mot de passe », "
    "« Ajoutez-moi au groupe Recipes », « Il me faut une licence Visio ». S'il manque quelque chose, je demande. "
    "« statut » montre vos demandes, « annuler » en termine une.",
    "es": "Escriba con sus propias palabras qué necesita, por ejemplo: «Olvidé mi contraseña», «Añádanme al grupo "
    "Recipes», «Necesito una licencia de Visio». Si falta algo, pregunto. «estado» muestra sus solicitudes, «cancelar» "
    "termina una.",
    "pt": "Escreva com as suas palavras do que precisa, por exemplo: «Esqueci a minha senha», «Adicionem-me ao grupo "
    "Recipes», «Preciso de uma licença do Visio». Se faltar algo, eu pergunto. «estado» mostra os seus pedidos, "
    "«cancelar» termina um.",
}
_STRANGER: Final[Texts] = {
    "en": "I help employees of this organisation with IT requests. For your account I can do nothing here: please ask "
    "your contact in the organisation.",
    "de": "Ich helfe Beschäftigten dieser Organisation bei IT-Anfragen. Für Ihr Konto kann ich hier nichts tun: Bitte "
    "wenden Sie sich an Ihre Kontaktperson in der Organisation.",
    "fr": "J'aide les employés de cette organisation. Pour votre compte, je ne peux rien faire ici : adressez-vous à "
    "votre contact dans l'organisation.",
    "es": "Ayudo a los empleados de esta organización. Para su cuenta no puedo hacer nada aquí: diríjase a su "
    "contacto en la organización.",
    "pt": "Ajudo os funcionários desta organização. Para a sua conta não posso fazer nada aqui: fale com o seu "
    "contacto na organização.",
}
_UNPROVEN: Final[Texts] = {
    "en": "I cannot check who you are just now, so I did nothing. Please write again in a few minutes.",
    "de": "Ich kann gerade nicht prüfen, wer Sie sind, und habe daher nichts getan. Bitte schreiben Sie in ein paar "
    "Minuten noch einmal.",
    "fr": "Je ne peux pas vérifier qui vous êtes en ce moment et n'ai donc rien fait. Réécrivez dans quelques minutes.",
    "es": "Ahora no puedo comprobar quién es usted, así que no hice nada. Escriba de nuevo en unos minutos.",
    "pt": "Agora não consigo verificar quem é, por isso não fiz nada. Escreva de novo daqui a uns minutos.",
}
_ELSEWHERE: Final[Texts] = {
    "en": "I answer in a private chat.",
    "de": "Ich antworte im persönlichen Chat.",
    "fr": "Je réponds en conversation privée.",
    "es": "Respondo en un chat privado.",
    "pt": "Respondo numa conversa privada.",
}
_ACCEPTED: Final[Texts] = {
    "en": "I am on it (case {ref}).",
    "de": "Ich kümmere mich darum (Vorgang {ref}).",
    "fr": "Je m'en occupe (dossier {ref}).",
    "es": "Me ocupo de ello (caso {ref}).",
    "pt": "Estou a tratar disso (caso {ref}).",
}
_WAITING: Final[Texts] = {
    "en": "Case {ref}: waiting for approval by {who}.",
    "de": "Vorgang {ref}: Es fehlt noch die Zustimmung von: {who}.",
    "fr": "Dossier {ref} : en attente de l'accord de : {who}.",
    "es": "Caso {ref}: falta la aprobación de: {who}.",
    "pt": "Caso {ref}: falta a aprovação de: {who}.",
}
_TOO_MANY: Final[Texts] = {
    "en": "You have {count} open requests already, and I take no more until one of them is done. “status” shows them, "
    "“cancel” ends one.",
    "de": "Sie haben schon {count} offene Anfragen; ich nehme keine weitere an, bis eine davon erledigt ist. „Status“ "
    "zeigt sie, „Abbrechen“ beendet eine.",
    "fr": "Vous avez déjà {count} demandes ouvertes ; je n'en prends pas d'autre avant que l'une soit réglée. "
    "« statut » les montre, « annuler » en termine une.",
    "es": "Ya tiene {count} solicitudes abiertas y no acepto más hasta que una esté resuelta. «estado» las muestra, "
    "«cancelar» termina una.",
    "pt": "Já tem {count} pedidos em aberto e não aceito mais até um deles estar resolvido. «estado» mostra-os, "
    "«cancelar» termina um.",
}
_CARD_ONLY: Final[Texts] = {
    "en": "An approval is given with the buttons of its card, not in words.",
    "de": "Eine Zustimmung geben Sie mit den Knöpfen der Karte, nicht mit Worten.",
    "fr": "Un accord se donne avec les boutons de la carte, pas par écrit.",
    "es": "Una aprobación se da con los botones de la tarjeta, no por escrito.",
    "pt": "Uma aprovação dá-se com os botões do cartão, não por escrito.",
}
_WELCOME: Final[Texts] = {
    "en": "You are welcome.",
    "de": "Gern geschehen.",
    "fr": "Je vous en prie.",
    "es": "De nada.",
    "pt": "De nada.",
}
_NOTHING_OPEN: Final[Texts] = {
    "en": "You have no open request that fits.",
    "de": "Sie haben keine passende offene Anfrage.",
    "fr": "Vous n'avez pas de demande ouverte qui corresponde.",
    "es": "No tiene ninguna solicitud abierta que corresponda.",
    "pt": "Não tem nenhum pedido em aberto que corresponda.",
}
_UNDER_WAY: Final[Texts] = {
    "en": "Case {ref} is under way already, so I cannot cancel it. I tell you how it ends.",
    "de": "Vorgang {ref} wird schon ausgeführt und lässt sich nicht mehr abbrechen. Ich sage Ihnen, wie er endet.",
    "fr": "Le dossier {ref} est déjà en cours d'exécution, je ne peux plus l'annuler. Je vous dirai comment il finit.",
    "es": "El caso {ref} ya está en ejecución y no puedo cancelarlo. Le diré cómo termina.",
    "pt": "O caso {ref} já está em execução e não posso cancelá-lo. Digo-lhe como termina.",
}
_CANCELLED: Final[Texts] = {
    "en": "Cancelled as you asked; nothing was changed (case {ref}).",
    "de": "Wie gewünscht abgebrochen; es wurde nichts geändert (Vorgang {ref}).",
    "fr": "Annulé comme demandé ; rien n'a été modifié (dossier {ref}).",
    "es": "Cancelado como pidió; no se cambió nada (caso {ref}).",
    "pt": "Cancelado como pediu; nada foi alterado (caso {ref}).",
}
_ALREADY_ANSWERED: Final[Texts] = {
    "en": "I have your earlier answer and go on with it (case {ref}). This message was not used.",
    "de": "Ich habe Ihre frühere Antwort und mache damit weiter (Vorgang {ref}). Diese Nachricht wurde nicht "
    "verwendet.",
    "fr": "J'ai votre réponse précédente et je continue (dossier {ref}). Ce message n'a pas été utilisé.",
    "es": "Tengo su respuesta anterior y sigo con ella (caso {ref}). Este mensaje no se usó.",
    "pt": "Tenho a sua resposta anterior e continuo com ela (caso {ref}). Esta mensagem não foi usada.",
}
_TAKEN_FOR: Final[Texts] = {
    "en": "I took this as your answer for case {ref}. My question for case {others} is still open.",
    "de": "Das habe ich als Ihre Antwort zu Vorgang {ref} verstanden. Meine Frage zu Vorgang {others} ist noch offen.",
    "fr": "J'ai pris cela comme réponse pour le dossier {ref}. Ma question pour le dossier {others} reste ouverte.",
    "es": "Lo tomé como su respuesta al caso {ref}. Mi pregunta del caso {others} sigue abierta.",
    "pt": "Tomei isto como a sua resposta ao caso {ref}. A minha pergunta do caso {others} continua em aberto.",
}

PHRASES: Final[Mapping[str, Texts]] = {
    "help": _HELP,
    "stranger": _STRANGER,
    "unproven": _UNPROVEN,
    "elsewhere": _ELSEWHERE,
    "accepted": _ACCEPTED,
    "waiting": _WAITING,
    "too_many": _TOO_MANY,
    "card_only": _CARD_ONLY,
    "welcome": _WELCOME,
    "nothing_open": _NOTHING_OPEN,
    "under_way": _UNDER_WAY,
    "cancelled": _CANCELLED,
    "already_answered": _ALREADY_ANSWERED,
    "taken_for": _TAKEN_FOR,
    **COMPLAINT_PHRASES,
    **OUTCOME_PHRASES,
    **SLACK_PHRASES,
}

_SAY_IT: Final[Texts] = {
    "en": "I did not understand what you need. Please say it in one sentence, for example: “Add me to the group "
    "Recipes”.",
    "de": "Ich habe nicht verstanden, was Sie brauchen. Bitte sagen Sie es in einem Satz, zum Beispiel: „Fügen Sie "
    "mich zur Gruppe Recipes hinzu“.",
    "fr": "Je n'ai pas compris ce qu'il vous faut. Dites-le en une phrase, par exemple : « Ajoutez-moi au groupe "
    "Recipes ».",
    "es": "No entendí qué necesita. Dígalo en una frase, por ejemplo: «Añádanme al grupo Recipes».",
    "pt": "Não percebi do que precisa. Diga-o numa frase, por exemplo: «Adicionem-me ao grupo Recipes».",
}
_WHICH_PRODUCT: Final[Texts] = {
    "en": "Which product is the licence for?",
    "de": "Um die Lizenz welches Produkts geht es?",
    "fr": "De quel produit s'agit-il pour la licence ?",
    "es": "¿De qué producto es la licencia?",
    "pt": "De que produto é a licença?",
}
# Names from the directory are not offered: what exists is not for everybody to know, and a name is quickly typed.
QUESTIONS: Final[Mapping[tuple[str, str], Texts]] = {
    **MORE_QUESTIONS,
    ("wish", "missing"): _SAY_IT,
    ("wish", "unknown"): _SAY_IT,
    ("wish", "several"): {
        "en": "That is more than one thing. Which one shall I do? Please say it in one sentence.",
        "de": "Das ist mehr als eine Sache. Welche soll ich erledigen? Bitte sagen Sie es in einem Satz.",
        "fr": "Cela fait plusieurs choses. Laquelle dois-je faire ? Dites-le en une phrase.",
        "es": "Son varias cosas. ¿Cuál hago? Dígalo en una frase.",
        "pt": "É mais do que uma coisa. Qual devo fazer? Diga-o numa frase.",
    },
    ("group", "unknown"): {
        "en": "I find no group that is called “{said}”. What is its exact name?",
        "de": "Ich finde keine Gruppe, die „{said}“ heißt. Wie heißt sie genau?",
        "fr": "Je ne trouve aucun groupe appelé « {said} ». Quel est son nom exact ?",
        "es": "No encuentro ningún grupo llamado «{said}». ¿Cuál es su nombre exacto?",
        "pt": "Não encontro nenhum grupo chamado «{said}». Qual é o nome exato?",
    },
    ("group", "several"): {
        "en": "More than one group fits “{said}”. What is the exact name of the one you mean?",
        "de": "Zu „{said}“ passt mehr als eine Gruppe. Wie heißt die richtige genau?",
        "fr": "Plusieurs groupes correspondent à « {said} ». Quel est le nom exact du bon ?",
        "es": "Hay varios grupos que encajan con «{said}». ¿Cuál es el nombre exacto?",
        "pt": "Há mais do que um grupo para «{said}». Qual é o nome exato?",
    },
    ("person", "unknown"): {
        "en": "I find nobody who is called “{said}”. What is the person's e-mail address?",
        "de": "Ich finde niemanden, der „{said}“ heißt. Wie lautet die E-Mail-Adresse der Person?",
        "fr": "Je ne trouve personne du nom de « {said} ». Quelle est l'adresse e-mail de cette personne ?",
        "es": "No encuentro a nadie llamado «{said}». ¿Cuál es el correo de la persona?",
        "pt": "Não encontro ninguém chamado «{said}». Qual é o e-mail da pessoa?",
    },
    ("person", "several"): {
        "en": "More than one person fits “{said}”. What is the e-mail address of the one you mean?",
        "de": "Zu „{said}“ passt mehr als eine Person. Wie lautet die E-Mail-Adresse der richtigen?",
        "fr": "Plusieurs personnes correspondent à « {said} ». Quelle est l'adresse e-mail de la bonne ?",
        "es": "Hay varias personas que encajan con «{said}». ¿Cuál es el correo de la que busca?",
        "pt": "Há mais do que uma pessoa para «{said}». Qual é o e-mail da pessoa certa?",
    },
    ("product", "missing"): _WHICH_PRODUCT,
    ("product", "unknown"): {
        "en": "I know no product that is called “{said}”. Which product is the licence for?",
        "de": "Ich kenne kein Produkt, das „{said}“ heißt. Um die Lizenz welches Produkts geht es?",
        "fr": "Je ne connais aucun produit appelé « {said} ». De quel produit s'agit-il ?",
        "es": "No conozco ningún producto llamado «{said}». ¿De qué producto es la licencia?",
        "pt": "Não conheço nenhum produto chamado «{said}». De que produto é a licença?",
    },
    ("product", "several"): {
        "en": "More than one licence fits “{said}”. Which one exactly?",
        "de": "Zu „{said}“ passt mehr als eine Lizenz. Welche genau?",
        "fr": "Plusieurs licences correspondent à « {said} ». Laquelle exactement ?",
        "es": "Hay varias licencias que encajan con «{said}». ¿Cuál exactamente?",
        "pt": "Há mais do que uma licença para «{said}». Qual exatamente?",
    },
}
_STATES: Final[Mapping[str, Texts]] = {
    "working": {
        "en": "I am looking into it",
        "de": "ich sehe es mir an",
        "fr": "je l'examine",
        "es": "lo estoy mirando",
        "pt": "estou a ver",
    },
    "asked": {
        "en": "I wait for your answer",
        "de": "ich warte auf Ihre Antwort",
        "fr": "j'attends votre réponse",
        "es": "espero su respuesta",
        "pt": "espero a sua resposta",
    },
    "approval": {
        "en": "waiting for approval",
        "de": "die Zustimmung fehlt noch",
        "fr": "en attente d'un accord",
        "es": "falta una aprobación",
        "pt": "falta uma aprovação",
    },
    "writing": {
        "en": "it is being carried out",
        "de": "es wird ausgeführt",
        "fr": "en cours d'exécution",
        "es": "se está ejecutando",
        "pt": "está a ser executado",
    },
}
_CASE: Final[Texts] = {"en": "case", "de": "Vorgang", "fr": "dossier", "es": "caso", "pt": "caso"}


def phrase(name: str, language: Language, **values: str) -> str:
    """Return the phrase of that name with its values filled in."""
    return PHRASES[name][language].format(**values)


def question_text(missing: Missing, language: Language, *, ref: str) -> str:
    """Return the question about what is missing, with the case that it belongs to."""
    texts = QUESTIONS.get((missing.about, missing.doubt), QUESTIONS["wish", "unknown"])
    if missing.about == "details":
        texts = DETAILS.get(missing.said, texts)
    # The requester's own words may hold braces, so they are a value and never a template.
    asked = texts[language].format(said=" ".join(missing.said.split()))
    return f"{asked} ({_CASE[language]} {ref})"


def state_line(state: str, language: Language, *, ref: str, said: str) -> str:
    """Return how one case stands (`working`, `asked`, `approval`, `writing`), with the requester's own words for it."""
    return f"{_CASE[language]} {ref}, “{said}”: {_STATES[state][language]}"


def ref_of(case_id: str) -> str:
    """Return the short name of a case in a chat: enough to tell one's own few cases apart, and proof of nothing."""
    return case_id[:8]
