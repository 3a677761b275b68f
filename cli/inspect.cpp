#include <iostream>

#include "cli/command.h"
#include "cli/options.h"
#include "core/shown.h"
#include "models/model_file.h"

namespace seqrec::cli {
namespace {

/// "(1683, 64)" of a JSON list.
std::string shape_text(const Json& shape) {
  std::string out = "(";
  for (const Json& size : shape.as_array()) out += concat(out.size() > 1 ? ", " : "", size.as_int());
  return out + ")";
}

/// {"user age": "token, 62 tokens", "class": "19 tokens"} of a list of columns.
Json columns(const Json& list) {
  Json map = Json::object();
  for (const Json& column : list.as_array()) {
    const Json *of = column.find("of"), *type = column.find("type"), *tokens = column.find("tokens");
    std::string text = type ? type->as_string() : "";
    if (tokens) text += concat(text.empty() ? "" : ", ", tokens->as_int(), " tokens");
    map[concat(of ? of->as_string() + " " : "", column.at("name").as_string())] = text;
  }
  return map;
}

/// "key  value" lines, the keys of one width; strings without quotes. A terminal shall find no commands in them.
void print_map(const Json& map) {
  std::size_t width = 0;
  for (const auto& [key, value] : map.as_object()) width = std::max(width, key.size());
  for (const auto& [key, value] : map.as_object())
    std::cout << "  " << escaped(key) << std::string(width + 2 - key.size(), ' ')
              << escaped(value.is_string() ? value.as_string() : value.dump()) << '\n';
}

void print_text(Json about) {
  Json overview = Json::object();
  for (const auto& [key, value] : about.as_object())
    if (!value.is_object() && !value.is_array()) overview[key] = value;
  std::cout << "Model file\n";
  print_map(overview);
  for (const char* part : {"hyper_parameters", "config", "features", "attributes"}) {
    const Json& value = about.at(part);
    Json map = value.is_object() ? value : columns(value);
    if (part == std::string_view("config"))  // without what was just told
      std::erase_if(map.as_object(), [&](const Json::Member& member) {
        return about.at("hyper_parameters").find(member.first) != nullptr;
      });
    if (map.as_object().empty()) continue;
    std::cout << '\n' << part << '\n';
    print_map(map);
  }
  std::cout << "\nparameters\n";
  Json parameters = Json::object();
  for (const Json& parameter : about.at("parameters").as_array())
    parameters[parameter.at("name").as_string()] =
        concat(shape_text(parameter.at("shape")), " ", parameter.at("dtype").as_string());
  print_map(parameters);
}

}  // namespace

std::function<int()> declare_inspect(CLI::App& app) {
  struct Options {
    std::string file;
    Format format = Format::Text;
  };
  auto options = std::make_shared<Options>();
  add_path(app, "MODEL_FILE", options->file, "A model file, or the folder of a run")->required();
  add_format(app, "--format,--log-format", options->format);
  return [options] {
    const Json about = models::describe_model_file(model_file_of(options->file));
    if (options->format == Format::Json)
      std::cout << about.dump() << '\n';
    else
      print_text(about);
    return kSuccess;
  };
}

}  // namespace seqrec::cli
