#include <algorithm>
#include <iostream>

#include "cli/command.h"
#include "cli/name.h"
#include "cli/options.h"
#include "data/config.h"
#include "models/list.h"

namespace seqrec::cli {
namespace {

enum class Shell { Bash, Zsh };

/// In single quotes, for both shells.
std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += concat(out.empty() ? "" : " ", word);
  return out;
}

struct Word {
  std::string text, description;
};

std::vector<Word> commands_of(const CLI::App& program) {
  std::vector<Word> out;
  for (const CLI::App* command : program.get_subcommands({}))
    out.push_back({command->get_name(), command->get_description()});
  return out;
}

std::vector<Word> options_of(const CLI::App& command) {
  std::vector<Word> out;
  for (const CLI::Option* option : command.get_options())
    for (const std::string& name : option->get_lnames()) out.push_back({"--" + name, option->get_description()});
  return out;
}

std::vector<std::string> texts(const std::vector<Word>& words) {
  std::vector<std::string> out;
  for (const Word& word : words) out.push_back(word.text);
  return out;
}

std::vector<std::string> models() {
  std::vector<std::string> out;
  for (const models::ModelInfo& model : models::model_infos()) out.push_back(model.name);
  return out;
}

/// Keys of any model, each with what comes after it.
std::vector<std::string> keys() {
  std::vector<std::string> out;
  const auto add = [&](const Key& key) {
    if (const std::string word = key.name + "="; std::ranges::find(out, word) == out.end()) out.push_back(word);
  };
  for (const Key& key : data::general_keys()) add(key);
  for (const models::ModelInfo& model : models::model_infos())
    for (const Key& key : model.keys) add(key);
  return out;
}

/// A name for the shell's functions.
std::string function_name(const std::string& program) {
  std::string out = "_" + program;
  std::ranges::replace_if(
      out, [](char c) { return !std::isalnum(static_cast<unsigned char>(c)); }, '_');
  return out;
}

void write_bash(const CLI::App& program, std::ostream& out) {
  const std::string& name = program_name();
  const std::string function = function_name(name);
  out << function << "() {\n"
      << "  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} words=\n"
      << "  case $COMP_CWORD,$before in\n"
      << "    1,*) words=" << quoted(joined(texts(commands_of(program)))) << " ;;\n"
      << "    *,--model) words=" << quoted(joined(models())) << " ;;\n"
      << "    *,--set) words=" << quoted(joined(keys())) << "; compopt -o nospace ;;\n"
      << "    *) if [[ $word == -* ]]; then case ${COMP_WORDS[1]} in\n";
  for (const CLI::App* command : program.get_subcommands({}))
    out << "      " << command->get_name() << ") words=" << quoted(joined(texts(options_of(*command)))) << " ;;\n";
  out << "    esac; fi ;;\n"
      << "  esac\n"
      << "  mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
      << "}\n"
      << "complete -o bashdefault -o default -F " << function << ' ' << name << '\n';
}

/// Words for _describe: "NAME:DESCRIPTION", a colon within NAME escaped.
std::string described(const std::vector<Word>& words) {
  std::string out;
  for (const Word& word : words) out += concat("    ", quoted(concat(word.text, ":", word.description)), "\n");
  return out;
}

void write_zsh(const CLI::App& program, std::ostream& out) {
  const std::string& name = program_name();
  const std::string function = function_name(name);
  out << "#compdef " << name << '\n'
      << function << "() {\n"
      << "  local -a words_of\n"
      << "  if (( CURRENT == 2 )); then\n"
      << "    words_of=(\n"
      << described(commands_of(program)) << "    )\n"
      << "    _describe command words_of\n"
      << "  elif [[ $words[CURRENT-1] == --model ]]; then\n"
      << "    compadd -- " << joined(models()) << '\n'
      << "  elif [[ $words[CURRENT-1] == --set ]]; then\n"
      << "    compadd -S '' -- " << joined(keys()) << '\n'
      << "  elif [[ $words[CURRENT] == -* ]]; then\n"
      << "    case $words[2] in\n";
  for (const CLI::App* command : program.get_subcommands({}))
    out << "    " << command->get_name() << ") words_of=(\n" << described(options_of(*command)) << "    ) ;;\n";
  out << "    esac\n"
      << "    _describe -o option words_of\n"
      << "  else\n"
      << "    _files\n"
      << "  fi\n"
      << "}\n"
      << "compdef " << function << ' ' << name << '\n';
}

}  // namespace

std::function<int()> declare_completion(CLI::App& app) {
  struct Options {
    Shell shell = Shell::Bash;
  };
  auto options = std::make_shared<Options>();
  add_choice(app, "SHELL", options->shell, {{"bash", Shell::Bash}, {"zsh", Shell::Zsh}}, "bash or zsh")->required();
  return [options, program = app.get_parent()] {
    (options->shell == Shell::Bash ? write_bash : write_zsh)(*program, std::cout);
    return kSuccess;
  };
}

}  // namespace seqrec::cli
