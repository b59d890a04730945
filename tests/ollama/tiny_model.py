"""Writes a llama of one layer with random weights, a quarter of a megabyte: it answers with noise, and does so for real."""

from pathlib import Path

import gguf
import numpy as np

VOCABULARY = 320
WIDTH = 32
LAYERS = 1
HEADS = 2
FEED_FORWARD = 128
CONTEXT = 2048
END = 2
"""The token that ends an answer."""


def write_tiny_model(path: Path, *, seed: int = 1) -> None:
    """Write the GGUF file; the same seed gives the same noise, which goes on until it is stopped."""
    random = np.random.default_rng(seed)
    writer = gguf.GGUFWriter(str(path), "llama")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(FEED_FORWARD)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_vocab_size(VOCABULARY)
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    _add_tokens(writer)

    def add(name: str, *shape: int) -> None:
        writer.add_tensor(name, random.normal(0, 0.2, shape).astype(np.float32))

    embedding = random.normal(0, 0.2, (VOCABULARY, WIDTH)).astype(np.float32)
    embedding[:, 0] = 2  # a sign that every token bears…
    output = random.normal(0, 0.1, (VOCABULARY, WIDTH)).astype(np.float32)
    output[:, 0] = 0
    output[END, 0] = -20  # …and that speaks against an end; none of the others is much likelier than the rest
    writer.add_tensor("token_embd.weight", embedding)
    writer.add_tensor("output.weight", output)
    writer.add_tensor("output_norm.weight", np.ones(WIDTH, dtype=np.float32))
    for layer in range(LAYERS):
        for part in ("attn_q", "attn_k", "attn_v", "attn_output"):
            add(f"blk.{layer}.{part}.weight", WIDTH, WIDTH)
        add(f"blk.{layer}.ffn_gate.weight", FEED_FORWARD, WIDTH)
        add(f"blk.{layer}.ffn_up.weight", FEED_FORWARD, WIDTH)
        add(f"blk.{layer}.ffn_down.weight", WIDTH, FEED_FORWARD)
        for part in ("attn_norm", "ffn_norm"):
            writer.add_tensor(f"blk.{layer}.{part}.weight", np.ones(WIDTH, dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _add_tokens(writer: gguf.GGUFWriter) -> None:
    """A byte-level vocabulary with a few words of code, so that the noise looks like code now and then."""
    words = [
        "def",
        " test",
        "assert",
        " return",
        "import",
        "(",
        ")",
        ":",
        "\n",
        "    ",
        "==",
        "1",
        "x",
        "```",
        "python",
    ]
    tokens = [
        "<unk>",
        "<s>",
        "</s>",
        *(f"<0x{byte:02X}>" for byte in range(256)),
        *(word.replace(" ", "▁") for word in words),
    ]
    tokens += [f"▁w{number}" for number in range(VOCABULARY - len(tokens))]
    kinds = [gguf.TokenType.UNKNOWN, gguf.TokenType.CONTROL, gguf.TokenType.CONTROL]
    kinds += [gguf.TokenType.BYTE] * 256
    kinds += [gguf.TokenType.NORMAL] * (VOCABULARY - len(kinds))
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores(
        [0.0 if kind == gguf.TokenType.BYTE else -float(index) for index, kind in enumerate(kinds)]
    )
    writer.add_token_types(kinds)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(END)
    writer.add_unk_token_id(0)
