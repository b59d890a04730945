"""A botocore session that reads nothing of the user's: no profile, no config file. What it serves needs no credentials."""

import os

import botocore.session


def unprofiled_session() -> botocore.session.Session:
    """Return a session to which a wrong AWS_PROFILE does not matter."""
    nothing = {"profile": None, "config_file": os.devnull, "credentials_file": os.devnull}
    return botocore.session.Session(
        session_vars={name: (None, [], value, None) for name, value in nothing.items()}
    )
