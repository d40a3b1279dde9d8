# libtorch, from the torch package in .venv (tools/setup trainer) or from the folder that GENRE_TORCH names, and jemalloc,
# the heap that its tensors lie in. Without them everything but genre-trainer is built.
set(GENRE_TORCH "" CACHE PATH "Folder of the torch package, with include/ and lib/; empty: the one in .venv")
set(torch_package "${GENRE_TORCH}")
if(NOT torch_package)
  file(GLOB torch_package "${PROJECT_SOURCE_DIR}/.venv/lib/python3*/site-packages/torch")
endif()
find_library(GENRE_JEMALLOC jemalloc)
if(NOT torch_package OR NOT EXISTS "${torch_package}/lib/libtorch_cpu.so")
  message(STATUS "genre-trainer is left out: there is no libtorch; tools/setup trainer brings it")
elseif(NOT GENRE_JEMALLOC)
  message(STATUS "genre-trainer is left out: there is no jemalloc; tools/setup trainer brings it")
else()
  add_library(torch INTERFACE)
  target_include_directories(torch SYSTEM INTERFACE "${torch_package}/include" "${torch_package}/include/torch/csrc/api/include")
  # The heap first, so that all that follows takes its memory there.
  target_link_libraries(torch INTERFACE "${GENRE_JEMALLOC}" "${torch_package}/lib/libtorch.so" "${torch_package}/lib/libtorch_cpu.so" "${torch_package}/lib/libc10.so")
  # Of a libtorch for CUDA nothing is called by name, and it registers itself as it is loaded.
  if(EXISTS "${torch_package}/lib/libtorch_cuda.so")
    target_link_libraries(torch INTERFACE "-Wl,--no-as-needed,${torch_package}/lib/libtorch_cuda.so,--as-needed")
  endif()
endif()
