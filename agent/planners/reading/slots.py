"""What stands in a text in the place of a name: an address, a device, a product; each becomes one word of its kind.

The ranking of intents learns from them that "add <somebody> to <a group>" is one request, whatever the names are. What
is recognised here is not believed and not looked up: that is for the runbooks.
"""

import re
from typing import Final

from agent.planners.products import mentions

# Well-known programs, so that a bare name says what kind of thing is wanted. Which a tenant offers is looked up.
_PROGRAMS: Final = (
    "7-?zip|acrobat(?: reader| pro)?|adobe(?: reader| acrobat| photoshop| illustrator| creative cloud)?|affinity \\w+"
    "|anydesk|arcgis|asana|audacity|autocad|autodesk|axure|bitwarden|blender|bluebeam|camtasia|canva|ccleaner|chrome"
    "|cisco anyconnect|citrix|coreldraw|cura|datev|dbeaver|deepl|discord|docker(?: desktop)?|draw\\.?io|dropbox|eclipse"
    "|evernote|figma|filezilla|firefox|foxit|freecad|freemind|gimp|github desktop|google chrome|google earth|grammarly"
    "|greenshot|handbrake|inkscape|indesign|illustrator|intellij|irfanview|itunes|jabref|java|jetbrains|kdenlive|keepass"
    "|keepassxc|labview|lastpass|libre ?office|lightroom|lucidchart|matlab|mendeley|minitab|miro|mindmanager|mysql"
    " workbench|node\\.?js|notepad ?(?:\\+\\+|plus plus)|notion|nvivo|obs(?: studio)?|obsidian|openoffice|opera|origin"
    "|paint\\.net|pdf ?24|pdf ?creator|pdf-?xchange|photoshop|postman|powertoys|premiere|putty|pycharm|python|qgis"
    "|quickbooks|r ?studio|rufus|sage|sap ?gui|sap|scribus|sharex|signal|sketchup|slack|snagit|solidworks|sourcetree"
    "|spotify|spss|stata|steam|sublime(?: text)?|tableau|teamviewer|telegram|thunderbird|tor browser|tortoise ?git"
    "|total commander|trello|ultravnc|u?torrent|virtualbox|visual studio(?: code)?|vlc(?: (?:media )?player)?|vmware"
    "|vnc|vs ?code|webex|whatsapp|winrar|winscp|winzip|wireshark|xmind|zoom|zotero"
)
_PROGRAM: Final = re.compile(rf"(?<![\w-])(?:{_PROGRAMS})(?![\w-])")
_MASKS: Final = tuple(
    (re.compile(pattern), f" {word} ")
    for pattern, word in (
        (r"[\w.+'-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,32}){1,4}", "zaddress"),
        (r"(?:https?://\S{1,200})?/sites?/[\w-]{1,64}|https?://\S{1,200}", "zlink"),
        (r"(?<![\w-])(?=[\w-]{4,40}\b)[a-z]{2,6}(?:-[a-z0-9]{1,8}){0,3}-[a-z]{0,4}\d{1,6}(?![\w-])", "zdevice"),
        (
            r"(?<![\w-])(?!(?:ca|it|pc|usb|pdf|hr|vpn|tv|qr|sms|mfa|crm|ms|ki|gps|cd|dvd|xls|http)-)"
            r"(?:[bcdfghjklmnpqrstvwxz]{2,5}|sec|dyn|grp|team|role|group)[-_][a-z][\w-]{2,40}(?!\w)",
            "znamed",
        ),
        (r"\b\d{1,2}[./]\d{1,2}(?:[./](?:20)?\d\d)?\b|\b20\d\d-\d\d-\d\d\b", "zdate"),
        (_PROGRAM.pattern, "zprogram"),
        (r"\d+", "znumber"),
    )
)
# Products that are spoken of more often than licensed.
_NOT_LICENSED: Final = frozenset(("intune",))


def programs_in(comparable: str) -> tuple[str, ...]:
    """Return the well-known programs that folded text names, each once."""
    return tuple(dict.fromkeys(one.group() for one in _PROGRAM.finditer(comparable)))


def masked(comparable: str) -> str:
    """Return folded text with what stands for a name replaced by a word of its kind, such as `zaddress`."""
    text = comparable
    for match in reversed(mentions(text)):
        if match.group() not in _NOT_LICENSED:
            text = f"{text[: match.start()]} zproduct {text[match.end() :]}"
    for pattern, word in _MASKS:
        text = pattern.sub(word, text)
    return text
