#include <cstdio>

#include <doctest/doctest.h>

#include "tests/cli/program.h"

namespace {

/// What bash offers after these words, the last of which is being typed.
Outcome bash(const std::string& words) {
  return shell("source <(\"$SEQREC\" completion bash); compopt() { :; }; COMP_WORDS=(" + words +
               "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _seqrec; echo \"${COMPREPLY[*]}\"");
}

/// The same of zsh, whose own part is played by a few lines.
Outcome zsh(const std::string& typed) {
  return shell(
      "exec zsh -f -c 'compdef() { bound=\"$*\" }; _describe() { print -rl -- ${(P)@[-1]} }; _files() { print files }; "
      "compadd() { print -r -- ${@[-1]} }; source <(\"$SEQREC\" completion zsh); [[ $bound == \"_seqrec seqrec\" ]] || "
      "exit 3; "
      "words=(" +
      typed + ") CURRENT=${#words}; _seqrec'");
}

}  // namespace

TEST_CASE("bash completes commands, options, models and keys") {
  CHECK(bash("seqrec exp").out == "export\n");
  CHECK(bash("seqrec train --epo").out == "--epochs\n");
  CHECK(bash("seqrec recommend --epo").out == "\n");
  CHECK(bash("seqrec train --model SR").out == "SRGNN\n");
  CHECK(bash("seqrec train --set embedding_s").out == "embedding_size=\n");
  CHECK(bash("seqrec evaluate runs/x").out == "\n");  // left to file names
  CHECK(bash("seqrec train --epo").err.empty());
}

TEST_CASE("zsh completes commands and options with what they do") {
  if (shell("command -v zsh").code != 0) {
    std::printf("SKIPPED completion in zsh: no zsh\n");
    return;
  }
  CHECK(contains(zsh("seqrec ex").out, "export:Make a smaller model file"));
  CHECK(contains(zsh("seqrec train --e").out, "--epochs:Number of epochs"));
  CHECK(zsh("seqrec train --model S").out == "ItemKNN\n");  // the last of what is added
  CHECK(zsh("seqrec evaluate runs").out == "files\n");
  CHECK(zsh("seqrec train --e").err.empty());
}

TEST_CASE("completion asks for a shell that it knows") {
  CHECK(run({"completion"}).code == 2);
  const Outcome fish = run({"completion", "fish"});
  CHECK(fish.code == 2);
  CHECK(contains(fish.err, "got 'fish', expected bash or zsh"));
}
