"""What a requester is asked back about dates, devices, sites, apps, mailboxes, reasons, details and addresses.

Five languages, found by `agent.phrasebook.question_text`. `{said}` are the requester's own words, or of `details` the
name of the field that a runbook lacks.
"""

from collections.abc import Mapping
from typing import Final

from agent.model.service_request import Language

Texts = Mapping[Language, str]

_FROM_WHEN: Final[Texts] = {
    "en": "For which days exactly? Please give the first and the last one, for example “3 to 7 June”.",
    "de": "Für welche Tage genau? Bitte nennen Sie den ersten und den letzten, zum Beispiel „3. bis 7. Juni“.",
    "fr": "Pour quels jours exactement ? Indiquez le premier et le dernier, par exemple « du 3 au 7 juin ».",
    "es": "¿Para qué días exactamente? Indique el primero y el último, por ejemplo «del 3 al 7 de junio».",
    "pt": "Para que dias exatamente? Indique o primeiro e o último, por exemplo «de 3 a 7 de junho».",
}
_WHY: Final[Texts] = {
    "en": "What do you need it for? A short reason is enough.",
    "de": "Wofür brauchen Sie das? Ein kurzer Grund genügt.",
    "fr": "Pour quelle raison en avez-vous besoin ? Un motif court suffit.",
    "es": "¿Para qué lo necesita? Basta un motivo breve.",
    "pt": "Para que precisa disso? Basta um motivo curto.",
}
_WHICH_ADDRESS: Final[Texts] = {
    "en": "What is the full e-mail address?",
    "de": "Wie lautet die vollständige E-Mail-Adresse?",
    "fr": "Quelle est l'adresse e-mail complète ?",
    "es": "¿Cuál es la dirección de correo completa?",
    "pt": "Qual é o endereço de e-mail completo?",
}
_DETAIL: Final[Texts] = {
    "en": "One thing is still missing: {said}. What is it?",
    "de": "Eine Angabe fehlt noch: {said}. Wie lautet sie?",
    "fr": "Il manque encore une information : {said}. Quelle est-elle ?",
    "es": "Falta todavía un dato: {said}. ¿Cuál es?",
    "pt": "Falta ainda um dado: {said}. Qual é?",
}
#: The detail that is missing when nothing proves who asks.
IDENTITY: Final = "identity"
#: A detail that needs a sentence of its own, by the name that runbooks give it.
DETAILS: Final[Mapping[str, Texts]] = {
    "": {
        "en": "Something is still missing. Please say exactly what should be changed, and to what.",
        "de": "Eine Angabe fehlt noch. Bitte sagen Sie genau, was geändert werden soll und worauf.",
        "fr": "Il manque encore une information. Dites exactement ce qu'il faut changer, et en quoi.",
        "es": "Falta todavía un dato. Diga exactamente qué hay que cambiar y por qué valor.",
        "pt": "Falta ainda um dado. Diga exatamente o que deve ser alterado, e para quê.",
    },
    IDENTITY: {
        "en": "A mail does not prove who you are, so I cannot do this yet. Please ask for it signed in, in the portal "
        "or in chat.",
        "de": "Eine E-Mail beweist nicht, wer Sie sind, daher geht das noch nicht. Bitte stellen Sie die Anfrage "
        "angemeldet, im Portal oder im Chat.",
        "fr": "Un e-mail ne prouve pas qui vous êtes, je ne peux donc pas encore le faire. Faites la demande en étant "
        "connecté, sur le portail ou par messagerie instantanée.",
        "es": "Un correo no demuestra quién es usted, así que aún no puedo hacerlo. Pídalo con la sesión iniciada, en "
        "el portal o en el chat.",
        "pt": "Um e-mail não prova quem é, por isso ainda não o posso fazer. Faça o pedido com sessão iniciada, no "
        "portal ou no chat.",
    },
    "country": {
        "en": "To which country are you going?",
        "de": "In welches Land reisen Sie?",
        "fr": "Dans quel pays allez-vous ?",
        "es": "¿A qué país viaja?",
        "pt": "Para que país viaja?",
    },
}


def _not_one(noun: Texts, several: Texts, *, ask: Texts) -> Mapping[str, Texts]:
    """Return the three questions about an object: `noun` is what nobody finds, `several` what there is more of."""
    return {
        "missing": ask,
        "unknown": {language: f"{noun[language]} {ask[language]}" for language in ask},
        "several": {language: f"{several[language]} {ask[language]}" for language in ask},
    }


_DEVICE = _not_one(
    {
        "en": "I find no device of yours that is called “{said}”.",
        "de": "Ich finde kein Gerät von Ihnen, das „{said}“ heißt.",
        "fr": "Je ne trouve aucun appareil à vous nommé « {said} ».",
        "es": "No encuentro ningún dispositivo suyo llamado «{said}».",
        "pt": "Não encontro nenhum dispositivo seu chamado «{said}».",
    },
    {
        "en": "You have more than one device.",
        "de": "Sie haben mehr als ein Gerät.",
        "fr": "Vous avez plusieurs appareils.",
        "es": "Tiene varios dispositivos.",
        "pt": "Tem mais do que um dispositivo.",
    },
    ask={
        "en": "What is the device's name? It stands in its settings, or on its label.",
        "de": "Wie heißt das Gerät? Der Name steht in den Einstellungen oder auf dem Aufkleber.",
        "fr": "Quel est le nom de l'appareil ? Il figure dans ses paramètres ou sur l'étiquette.",
        "es": "¿Cómo se llama el dispositivo? El nombre está en los ajustes o en la etiqueta.",
        "pt": "Como se chama o dispositivo? O nome está nas definições ou na etiqueta.",
    },
)
_SITE = _not_one(
    {
        "en": "I find no site that is called “{said}”.",
        "de": "Ich finde keine Website, die „{said}“ heißt.",
        "fr": "Je ne trouve aucun site nommé « {said} ».",
        "es": "No encuentro ningún sitio llamado «{said}».",
        "pt": "Não encontro nenhum site chamado «{said}».",
    },
    {
        "en": "More than one site fits “{said}”.",
        "de": "Zu „{said}“ passt mehr als eine Website.",
        "fr": "Plusieurs sites correspondent à « {said} ».",
        "es": "Hay varios sitios que encajan con «{said}».",
        "pt": "Há mais do que um site para «{said}».",
    },
    ask={
        "en": "What is the exact name or address of the site?",
        "de": "Wie lautet der genaue Name oder die Adresse der Website?",
        "fr": "Quel est le nom exact ou l'adresse du site ?",
        "es": "¿Cuál es el nombre exacto o la dirección del sitio?",
        "pt": "Qual é o nome exato ou o endereço do site?",
    },
)
_APP = _not_one(
    {
        "en": "I find no program that is called “{said}”.",
        "de": "Ich finde kein Programm, das „{said}“ heißt.",
        "fr": "Je ne trouve aucun logiciel nommé « {said} ».",
        "es": "No encuentro ningún programa llamado «{said}».",
        "pt": "Não encontro nenhum programa chamado «{said}».",
    },
    {
        "en": "More than one program fits “{said}”.",
        "de": "Zu „{said}“ passt mehr als ein Programm.",
        "fr": "Plusieurs logiciels correspondent à « {said} ».",
        "es": "Hay varios programas que encajan con «{said}».",
        "pt": "Há mais do que um programa para «{said}».",
    },
    ask={
        "en": "What is the program's exact name?",
        "de": "Wie heißt das Programm genau?",
        "fr": "Quel est le nom exact du logiciel ?",
        "es": "¿Cuál es el nombre exacto del programa?",
        "pt": "Qual é o nome exato do programa?",
    },
)
_MAILBOX = _not_one(
    {
        "en": "I find no mailbox that is called “{said}”.",
        "de": "Ich finde kein Postfach, das „{said}“ heißt.",
        "fr": "Je ne trouve aucune boîte aux lettres nommée « {said} ».",
        "es": "No encuentro ningún buzón llamado «{said}».",
        "pt": "Não encontro nenhuma caixa de correio chamada «{said}».",
    },
    {
        "en": "More than one mailbox fits “{said}”.",
        "de": "Zu „{said}“ passt mehr als ein Postfach.",
        "fr": "Plusieurs boîtes aux lettres correspondent à « {said} ».",
        "es": "Hay varios buzones que encajan con «{said}».",
        "pt": "Há mais do que uma caixa de correio para «{said}».",
    },
    ask={
        "en": "What is the mailbox's address?",
        "de": "Wie lautet die Adresse des Postfachs?",
        "fr": "Quelle est l'adresse de la boîte aux lettres ?",
        "es": "¿Cuál es la dirección del buzón?",
        "pt": "Qual é o endereço da caixa de correio?",
    },
)


def _always(about: str, text: Texts) -> Mapping[tuple[str, str], Texts]:
    return {(about, doubt): text for doubt in ("missing", "unknown", "several")}


#: By what is asked about, and why.
MORE_QUESTIONS: Final[Mapping[tuple[str, str], Texts]] = {
    **{("device", doubt): texts for doubt, texts in _DEVICE.items()},
    **{("site", doubt): texts for doubt, texts in _SITE.items()},
    **{("app", doubt): texts for doubt, texts in _APP.items()},
    **{("mailbox", doubt): texts for doubt, texts in _MAILBOX.items()},
    **_always("dates", _FROM_WHEN),
    **_always("reason", _WHY),
    **_always("address", _WHICH_ADDRESS),
    **_always("details", _DETAIL),
    ("group", "missing"): {
        "en": "What is the exact name of the group or team?",
        "de": "Wie heißt die Gruppe oder das Team genau?",
        "fr": "Quel est le nom exact du groupe ou de l'équipe ?",
        "es": "¿Cuál es el nombre exacto del grupo o equipo?",
        "pt": "Qual é o nome exato do grupo ou da equipa?",
    },
    ("person", "missing"): {
        "en": "Whom is this about? Please give the person's e-mail address.",
        "de": "Um wen geht es? Bitte nennen Sie die E-Mail-Adresse der Person.",
        "fr": "De qui s'agit-il ? Indiquez l'adresse e-mail de la personne.",
        "es": "¿De quién se trata? Indique el correo de la persona.",
        "pt": "De quem se trata? Indique o e-mail da pessoa.",
    },
}
