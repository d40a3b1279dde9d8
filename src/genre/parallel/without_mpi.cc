// Where CMake found no MPI.
#include <cstdlib>

#include "genre/parallel/processes.h"

namespace genre {

std::unique_ptr<Processes> join_processes() {
  const char* const size = std::getenv("OMPI_COMM_WORLD_SIZE");
  if (size != nullptr && std::atoi(size) > 1)
    throw Error(ErrorCode::kDependency, "this program was built without MPI",
                "'make trainer' brings OpenMPI and builds it");
  return single_process();
}

}  // namespace genre
