#include "dist/processes.h"

#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

#include <unistd.h>

#include "core/error.h"

namespace seqrec::dist {
namespace {

Connect connect_launched = nullptr;

bool is_set(const char* variable) { return std::getenv(variable) != nullptr; }

/// mpirun of OpenMPI and of MPICH, and Slurm's srun --mpi=pmix, say so in the environment, which all that a launched
/// process starts inherits: SEQREC_MPI=0 is for those.
bool is_launched() {
  const char* own = std::getenv("SEQREC_MPI");
  if (own && std::string_view(own) == "0") return false;
  return is_set("OMPI_COMM_WORLD_SIZE") || is_set("PMIX_RANK") || is_set("PMI_RANK");
}

/// How many there are, as far as the launcher says.
int launched_processes() {
  for (const char* variable : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_NTASKS"})
    if (const char* text = std::getenv(variable)) return std::atoi(text);
  return 1;
}

}  // namespace

void set_connect(Connect connect) { connect_launched = connect; }

void become_connected(char** argv) {
  if (!is_launched() || connect_launched) return;
  std::error_code error;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  if (!error) ::execv((self.string() + "-mpi").c_str(), argv);
}

std::unique_ptr<Processes> connect(const std::atomic<bool>* stop) {
  if (!is_launched()) return nullptr;
  const int launched = launched_processes();
  if (connect_launched) {
    auto processes = connect_launched(stop);
    require<UsageError>(launched <= 1 || processes->size() == launched, "a launcher started ", launched,
                        " processes, and MPI sees ", processes->size(),
                        ": it is another MPI's than seqrec-mpi was built with");
    return processes;
  }
  require<UsageError>(launched <= 1, "a launcher started ", launched,
                      " processes, and this seqrec was built without MPI (there is no seqrec-mpi beside it): install "
                      "libopenmpi-dev and build it again; SEQREC_MPI=0 makes each a run of its own");
  return nullptr;
}

}  // namespace seqrec::dist
