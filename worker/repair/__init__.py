"""From failing tests or a log to a patch that was proved, or to the reason why there is none."""
