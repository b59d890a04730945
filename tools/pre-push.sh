#!/bin/sh
# A pre-push hook: has the fleet test what the push brings, waits, and shows what it proved. See docs/how-to/pre-push.md.
#
#   ln -s PATH/TO/tools/pre-push.sh .git/hooks/pre-push
#
# git hands over lines of "local-ref local-commit remote-ref remote-commit" and refuses the push where this fails.
set -eu

stack=${DDF_ENV:-dev}
folder=${DDF_WRITE:-generated-tests}
driver=${DDF_DRIVER:-automation-driver}
remote=${1:-origin}

# What a commit on a new branch is compared with: where it left the remote's default branch.
base_of() {
  git merge-base "$1" "refs/remotes/$remote/HEAD" 2>/dev/null ||
    git merge-base "$1" "refs/remotes/$remote/main" 2>/dev/null ||
    git merge-base "$1" "refs/remotes/$remote/master" 2>/dev/null || true
}

is_nothing() {
  case $1 in *[!0]*) return 1 ;; *) return 0 ;; esac
}

while read -r local_ref local_commit _remote_ref remote_commit; do
  if is_nothing "$local_commit"; then continue; fi # a branch is removed
  case $local_ref in refs/tags/*) continue ;; esac
  if is_nothing "$remote_commit" || ! git cat-file -e "$remote_commit^{commit}" 2>/dev/null; then
    remote_commit=$(base_of "$local_commit")
  fi
  if [ -z "$remote_commit" ]; then
    echo "fleet: nothing to compare $local_ref with, it is pushed untested" >&2
    continue
  fi
  if git diff --quiet "$remote_commit" "$local_commit" --; then continue; fi
  # Never from standard input: that is git's.
  if ! "$driver" submit --env "$stack" --range "$remote_commit..$local_commit" --watch --write "$folder" </dev/null; then
    if [ "${DDF_PRE_PUSH:-tell}" = refuse ]; then
      echo "fleet: not pushed; 'git push --no-verify' pushes all the same" >&2
      exit 1
    fi
    echo "fleet: pushed all the same (DDF_PRE_PUSH=refuse holds it back)" >&2
  fi
done
