"""Where a function's code comes from: an image, or an archive of which the embedded AWS keeps the digest alone.

What runs here is the same code in this checkout, as it is for images (automation.localaws.runtime.functions).
"""

import io
import zipfile
from typing import Any

from automation.localaws.provider_cloud import CloudFault
from automation.localaws.provider_wire import Props

NO_LATER_THAN = (1980, 1, 1, 0, 0, 0)


def package(props: Props) -> Props:
    """Return what CreateFunction is told of the code."""
    if props.get("packageType") == "Image":
        return {"PackageType": "Image", "Code": {"ImageUri": props["imageUri"]}}
    for name in ("runtime", "handler", "code"):
        if not props.get(name):
            raise CloudFault(f"InvalidParameterValueException: a function from an archive needs '{name}'")
    return {
        "PackageType": "Zip",
        "Code": {"ZipFile": archive(props["code"])},
    }


def code_update(props: Props) -> Props:
    """Return what UpdateFunctionCode is told."""
    if props.get("packageType") == "Image":
        return {"ImageUri": props["imageUri"]}
    return {"ZipFile": archive(props["code"])}


def archive(code: Any) -> bytes:
    """Make an archive that tells of Pulumi's by its digest; the same one twice is the same bytes."""
    digest = str(code.get("hash", "")) if isinstance(code, dict) else ""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as file:
        file.writestr(zipfile.ZipInfo("digest.txt", NO_LATER_THAN), digest)
    return held.getvalue()
