# Ollama with its model inside, or a few (MODEL=cheap:1b,strong:7b) (docs/decisions/0007-images-and-models.md): a task must not fetch it at each start.
# docker build -f tools/ollama.Dockerfile --build-arg MODEL=deepseek-coder:1.3b -t REPOSITORY:deepseek-coder-1.3b .
ARG OLLAMA=0.6.5

FROM ollama/ollama:${OLLAMA} AS model
ARG MODEL=deepseek-coder:1.3b
ENV OLLAMA_MODELS=/models
RUN ollama serve & server=$!; \
    for _ in $(seq 100); do ollama list >/dev/null 2>&1 && break; sleep 0.2; done; \
    for name in $(echo "$MODEL" | tr , ' '); do ollama pull "$name" || exit 1; done; kill "$server"

FROM ollama/ollama:${OLLAMA}
COPY --from=model /models /models
ENV OLLAMA_MODELS=/models
