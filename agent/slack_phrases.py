"""What Remit says about where to write and answer, in the five languages of `agent.phrasebook`, which holds it all."""

from collections.abc import Mapping
from typing import Final

from agent.model.service_request import Language

#: By the names under which `agent.phrasebook.phrase` finds them.
SLACK_PHRASES: Final[Mapping[str, Mapping[Language, str]]] = {
    "secret_in_teams": {
        "en": "What is secret about it was shown in the Teams chat of the person it is for; I never send it here.",
        "de": "Was daran geheim ist, steht im Teams-Chat der Person, für die es ist; hierher sende ich es nie.",
        "fr": "Ce qui est secret a été montré dans le chat Teams de la personne concernée ; je ne l'envoie jamais ici.",
        "es": "Lo secreto se mostró en el chat de Teams de la persona a la que corresponde; aquí nunca lo envío.",
        "pt": "O que é secreto foi mostrado no chat do Teams da pessoa a quem se destina; nunca o envio para aqui.",
    },
    "answer_in_console": {
        "en": "Please answer on the page of this request in the console; here an answer does not count.",
        "de": "Bitte antworten Sie auf der Seite dieser Anfrage in der Konsole; hier zählt eine Antwort nicht.",
        "fr": "Répondez sur la page de cette demande dans la console ; ici, une réponse ne compte pas.",
        "es": "Responda en la página de esta solicitud en la consola; aquí una respuesta no cuenta.",
        "pt": "Responda na página deste pedido na consola; aqui uma resposta não conta.",
    },
    "unlinked": {
        "en": "I do not know whose Slack account this is, so I can do nothing here. Please write to me in Teams, or "
        "ask your IT team to link your account.",
        "de": "Ich weiß nicht, wem dieses Slack-Konto gehört, und kann hier nichts tun. Bitte schreiben Sie mir in "
        "Teams, oder lassen Sie Ihr Konto von Ihrer IT verknüpfen.",
        "fr": "Je ne sais pas à qui est ce compte Slack et ne peux rien faire ici. Écrivez-moi dans Teams, ou demandez "
        "à votre service informatique de lier votre compte.",
        "es": "No sé de quién es esta cuenta de Slack, así que aquí no puedo hacer nada. Escríbame en Teams o pida a "
        "su equipo de TI que vincule su cuenta.",
        "pt": "Não sei de quem é esta conta do Slack e não posso fazer nada aqui. Escreva-me no Teams ou peça à sua "
        "equipa de TI que associe a sua conta.",
    },
}
