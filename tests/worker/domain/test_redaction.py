"""Secrets in what somebody else wrote."""

import string

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from worker.domain.redaction import redacted

ALNUM = string.ascii_letters + string.digits
PEM = "-----BEGIN RSA PRIVATE KEY-----\n{body}\n-----END RSA PRIVATE KEY-----"


def drawn(alphabet: str, low: int, high: int) -> st.SearchStrategy[str]:
    return st.text(alphabet=alphabet, min_size=low, max_size=high)


SECRETS = st.one_of(
    st.tuples(st.sampled_from(["ghp_", "gho_", "ghs_", "ghu_", "ghr_"]), drawn(ALNUM, 36, 60)),
    st.tuples(st.just("github_pat_"), drawn(ALNUM + "_", 60, 82)),
    st.tuples(st.just("glpat-"), drawn(ALNUM, 20, 26)),
    st.tuples(st.sampled_from(["AKIA", "ASIA"]), drawn(string.ascii_uppercase + string.digits, 16, 16)),
    st.tuples(st.just("xoxb-"), drawn(string.digits, 12, 24)),
    st.tuples(st.just("sk_live_"), drawn(ALNUM, 24, 40)),
    st.tuples(st.just("sk-ant-"), drawn(ALNUM, 32, 60)),
    st.tuples(st.just("AIza"), drawn(ALNUM + "-_", 35, 35)),
    st.tuples(st.just("npm_"), drawn(ALNUM, 36, 36)),
    st.tuples(st.just("hf_"), drawn(ALNUM, 34, 34)),
    st.tuples(
        st.just("eyJ"),
        drawn(ALNUM, 20, 60),
        st.just(".eyJ"),
        drawn(ALNUM, 20, 60),
        st.just("."),
        drawn(ALNUM, 20, 40),
    ),
).map("".join)

WORDS = st.text(
    alphabet=string.ascii_letters + string.digits + " .,;:!?()[]{}<>/+-*=\n\t'\"\\|&%$#äß✓", max_size=60
)
EDGES = st.sampled_from(["", " ", "\n", '"', "'", "=", ": ", "(", "|", "\\n", "<", ","])


@settings(max_examples=80, derandomize=True)
@given(before=WORDS, left=EDGES, secret=SECRETS, right=EDGES, after=WORDS)
def test_a_token_of_a_known_form_never_gets_through(before, left, secret, right, after):
    assume(secret[8:] not in f"{before} {after}")
    text = redacted(f"{before}{left or ' '}{secret}{right or ' '}{after}")
    assert secret not in text
    assert secret[8:] not in text


@settings(max_examples=80, derandomize=True)
@given(text=st.text(max_size=300))
def test_to_redact_twice_is_to_redact_once_and_lines_stay_lines(text):
    once = redacted(text)
    assert redacted(once) == once
    assert once.count("\n") == text.count("\n")


@settings(max_examples=80, derandomize=True)
@given(
    parts=st.lists(
        st.one_of(
            WORDS, SECRETS, st.sampled_from(["password=", "Authorization: Bearer ", "API_KEY=", "https://u:"])
        ),
        max_size=8,
    )
)
def test_the_same_holds_for_text_full_of_secrets(parts):
    text = "".join(parts)
    once = redacted(text)
    assert redacted(once) == once
    assert once.count("\n") == text.count("\n")


@settings(max_examples=80, derandomize=True)
@given(
    name=st.sampled_from(
        [
            "password",
            "DB_PASSWORD",
            "client-secret",
            "apiKey",
            "my.api_key",
            "aws_secret_access_key",
            "authToken",
        ]
    ),
    form=st.sampled_from(
        [
            "{}={}",
            "{}: {}",
            '"{}": "{}"',
            "{} = '{}'",
            '\\"{}\\": \\"{}\\"',
            "--{}={}",
            "?x=1&{}={}&y=2",
            "{} => '{}'",
        ]
    ),
    value=drawn(ALNUM + "/+", 8, 40).filter(
        lambda value: any(sign.isdigit() for sign in value) and not value.isdigit()
    ),
)
def test_what_stands_behind_a_name_that_says_secret_never_gets_through(name, form, value):
    assert value not in redacted(form.format(name, value))


@settings(max_examples=80, derandomize=True)
@given(
    value=st.tuples(drawn(ALNUM, 30, 60), st.just("aB3dE6gH9kL2"))
    .map("".join)
    .filter(lambda value: len(set(value)) > 14)
)
def test_a_value_that_looks_random_behind_a_variables_name_never_gets_through(value):
    assert value not in redacted(f"export FLEET_DSN={value}")


@settings(max_examples=60, derandomize=True)
@given(
    user=drawn(ALNUM, 1, 20),
    password=drawn(ALNUM + "!$%^&*()_+@:.-", 1, 40),
    host=drawn(string.ascii_lowercase, 3, 10),
)
def test_a_password_in_a_url_never_gets_through(user, password, host):
    text = redacted(f"fatal: unable to access https://{user}:{password}@{host}.example/x.git: 403")
    assert text == f"fatal: unable to access https://[redacted url-credentials]@{host}.example/x.git: 403"


@settings(max_examples=30, derandomize=True)
@given(body=st.lists(drawn(ALNUM + "+/", 20, 64), min_size=1, max_size=5))
def test_a_private_key_goes_whole_and_leaves_its_lines(body):
    text = redacted("before\n" + PEM.format(body="\n".join(body)) + "\nafter\n")
    assert text == "before\n[redacted private-key]" + "\n" * (len(body) + 1) + "\nafter\n"


def test_a_private_key_that_is_cut_off_or_on_one_line_goes_too():
    body = "MIIEpAIBAAKCAQEA7bq98zL0hXk5Yk"
    assert redacted(f"-----BEGIN PRIVATE KEY-----\n{body}\n{body}\nTraceback (most recent call last)") == (
        "[redacted private-key]\n\n\nTraceback (most recent call last)"
    )
    assert body not in redacted(
        f'{{"private_key": "-----BEGIN PRIVATE KEY-----\\n{body}\\n-----END PRIVATE KEY-----\\n"}}'
    )


@pytest.mark.parametrize(
    "line",
    [
        "Authorization: token 0123456789abcdef",
        "authorization: Basic dXNlcjpwYXNzd29yZA==",
        '"Authorization": "Bearer abcdefghijklmnop"',
        "curl -H 'Authorization: Bearer abcdefghijklmnop' https://api.example/",
        "> Cookie: session=abcdefghijklmnop; theme=abcdefghijklmnop",
        "Set-Cookie: id=abcdefghijklmnop; HttpOnly",
    ],
)
def test_headers_with_credentials_keep_their_name_alone(line):
    text = redacted(line)
    assert not any(word in text for word in ("abcdefghijklmnop", "0123456789abcdef", "dXNlcjpwYXNzd29yZA"))
    assert "redacted" in text


@pytest.mark.parametrize(
    "line",
    [
        'File "/app/shop/cart.py", line 12, in total',
        "E       AssertionError: assert 3 == 4",
        "SyntaxError: Unexpected token '}'",
        "SyntaxError: Unexpected token: identifier",
        "token = tokenizer.next_token(text)",
        "password: None",
        "prompt_tokens: 123456",
        "PATH=/usr/local/bin:/usr/bin:/bin",
        "commit 38a2f09c4ac9d73453212ecf0fbd40faf8d00497",
        "GITHUB_SHA=38a2f09c4ac9d73453212ecf0fbd40faf8d00497",
        "NODE_OPTIONS=--max-old-space-size=4096",
        "git clone ssh://git@example.com/a/b.git",
        "see https://example.com/@scope/package and mail@example.com",
        "API_KEY=${{ secrets.API_KEY }}",
        "API_KEY=<your key>",
        "ok 1 - adds numbers # time=0.4ms",
        "test_calc.py::test_secret_santa PASSED",
        "const risk_of_sk-ating = 1;",
    ],
)
def test_what_readers_need_stays(line):
    assert redacted(line) == line


def test_long_text_of_what_might_be_the_start_of_secrets_ends():
    for start in (
        "-----BEGIN PRIVATE KEY-----",
        "eyJ",
        "password",
        "a://",
        "A_",
        "token: ",
        "sk-",
        "Authorization",
        "\\",
    ):
        redacted(start * (100_000 // len(start)))
