"""A real Ollama server with a tiny random model: what an engine must survive."""
