"""The one account of the embedded AWS."""

ACCOUNT_ID = "123456789012"
