"""Who may do what: requests of roles are judged by the roles' policies, as IAM would."""
