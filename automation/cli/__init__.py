"""The command line: one module per noun; app is the only error boundary, console the only console."""
