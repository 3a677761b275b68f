#include "serve/serve.h"

#include <iomanip>
#include <iostream>

#include "cli/command.h"
#include "cli/options.h"
#include "cli/signals.h"
#include "core/shown.h"
#include "core/text_stream.h"

namespace seqrec::cli {
namespace {

struct ServeCommand {
  serve::ServeOptions serve;
  std::vector<std::string> models;
  ThreadsOption workers;
  double batch_wait = 0;
  bool no_access_log = false, no_page = false;
  Format format = Format::Text;
};

/// NAME=FILE or FILE, whose name is that of its folder if it is called model.safetensors.
serve::ModelSource source_of(const std::string& text) {
  const auto equals = text.find('=');
  const bool named = equals != text.npos && text.find('/') > equals;
  const std::filesystem::path file = model_file_of(named ? text.substr(equals + 1) : text);
  std::string name = named ? text.substr(0, equals) : file.stem().string();
  if (!named && name == "model" && file.has_parent_path())
    name = std::filesystem::absolute(file).lexically_normal().parent_path().filename();
  constexpr const char* kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
  require<UsageError>(!name.empty() && name.find_first_not_of(kLetters) == name.npos, "the model's name '", shown(name),
                      "' has to stand in a URL: name it by letters, digits and . _ -, as in NAME=", file.native());
  return {name, file};
}

std::string as_text(const Json& event) {
  const std::string& kind = event.at("event").as_string();
  TextStream out;
  if (kind == "request") {
    const auto word = [&](const char* key) {  // one that was refused early may have none
      const std::string& text = event.at(key).as_string();
      return text.empty() ? "-" : text;
    };
    out << word("method") << ' ' << word("path") << ' ' << event.at("status").as_int() << std::fixed
        << std::setprecision(2) << ' ' << event.at("seconds").as_double() * 1e3 << " ms";
    if (const Json* requests = event.find("requests"); requests && requests->as_int() > 1)
      out << ", " << requests->as_int() << " requests";
  } else if (kind == "listening") {
    const std::string& address = event.at("address").as_string();
    const bool v6 = address.find(':') != address.npos;
    for (const Json& name : event.at("models").as_array()) out << name.as_string() << ' ';
    out << "on http://" << (v6 ? "[" : "") << address << (v6 ? "]" : "") << ':' << event.at("port").as_int();
  } else if (kind == "reload") {
    const Json* error = event.find("error");
    out << event.at("model").as_string() << (error ? " stays as it was: " + error->as_string() : " was opened anew");
  } else {
    out << "ending";
  }
  return out.str();
}

int serve_command(ServeCommand& command) {
  for (const std::string& model : command.models) command.serve.models.push_back(source_of(model));
  command.serve.batcher.workers = command.workers.count();
  command.serve.batcher.wait = std::chrono::microseconds(static_cast<std::int64_t>(command.batch_wait * 1e3));
  for (const std::string& host : command.serve.hosts)
    require<UsageError>(!host.empty() && host.find_first_of(":/") == host.npos, "--host: got '", shown(host),
                        "', expected a name without a port");
  command.serve.access_log = !command.no_access_log;
  command.serve.page = !command.no_page;
  const IgnoredSignal no_reader(SIGPIPE);  // the log's: the server serves on
  serve::serve(command.serve, [&](const Json& event) {
    std::cout << (command.format == Format::Json ? event.dump() : as_text(event)) << std::endl;
  });
  return kSuccess;
}

}  // namespace

std::function<int()> declare_serve(CLI::App& app) {
  auto o = std::make_shared<ServeCommand>();
  serve::ServeOptions& serve = o->serve;
  app.add_option("MODEL_FILE", o->models,
                 "Model files or folders of runs, each as NAME=FILE or FILE; the first answers who names none")
      ->required();
  app.add_option("--address", serve.address, "IP address to listen on (default: 127.0.0.1, this machine alone)")
      ->type_name("IP");
  add_number(app, "--port", serve.port, {.min = 0, .max = 65535},
             "Port to listen on (default: 8080); 0 is any that is free")
      ->type_name("N");
  add_list(app, "--host", serve.hosts,
           "Name by which it may be asked, beside localhost and addresses; may be repeated (default: none; where "
           "--address is one that others can reach, any)")
      ->type_name("NAME");
  app.add_flag("--histories", serve.histories,
               "Read the users' histories beside each model file, for requests by user");
  add_policies(app, serve.session);
  o->workers.add_to(app);
  add_number(app, "--queue", serve.batcher.queue, {.min = 1, .max = 1 << 20},
             "Requests that may wait; beyond it 503 (default: 1024)")
      ->type_name("N");
  add_number(app, "--batch", serve.batcher.batch, {.min = 1, .max = 1 << 16},
             "Requests computed on together at most (default: 64)")
      ->type_name("N");
  app.add_option("--batch-wait", o->batch_wait, "Milliseconds to wait for company for a request (default: 0)")
      ->check(CLI::Range(0., 1000.).description(""))
      ->type_name("MS");
  add_number(app, "--max-body", serve.limits.body_bytes, {.min = 1}, "Largest body of a request (default: 1048576)")
      ->type_name("BYTES");
  add_number(app, "--max-connections", serve.limits.connections, {.min = 1, .max = 1 << 20},
             "Connections; beyond it 503 (default: 1024)")
      ->type_name("N");
  app.add_flag("--no-page", o->no_page, "No page at /, and no lists of models, items and users");
  app.add_flag("--no-access-log", o->no_access_log, "No line for each request");
  add_format(app, "--log-format,--format", o->format);
  return [o] { return serve_command(*o); };
}

}  // namespace seqrec::cli
