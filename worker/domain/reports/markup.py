"""XML for reports: built by the standard library, so that no name and no message can break it."""

import re
from collections.abc import Mapping
from xml.etree.ElementTree import Element, SubElement, indent, tostring

_UNSPEAKABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no way to write (https://www.w3.org/TR/xml/#charsets)."""


def speakable(text: str) -> str:
    """Replace what XML can't hold by the replacement character."""
    return _UNSPEAKABLE.sub("\ufffd", text)


def element(parent: Element | None, tag: str, attributes: Mapping[str, object], text: str = "") -> Element:
    """Add an element to a parent, or make a root."""
    plain = {name: speakable(str(value)) for name, value in attributes.items()}
    made = Element(tag, plain) if parent is None else SubElement(parent, tag, plain)
    if text:
        made.text = speakable(text)
    return made


def document(root: Element) -> bytes:
    """Write a document, indented, in UTF-8 with its declaration."""
    indent(root)
    return bytes(tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"
