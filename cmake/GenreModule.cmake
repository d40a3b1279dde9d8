# genre_module(NAME SOURCES ... [TESTS ...] [DEPENDS folders ...] [LIBRARIES targets ...] [TEST_LIBRARIES ...] [TEST_ENVIRONMENT NAME=VALUE ...])
# makes the target genre_NAME from one folder of src/genre and, where TESTS are named, one test program NAME_test.
# DEPENDS names folders only, along the arrows of ARCHITECTURE.md; LIBRARIES are third-party and stay private.
add_library(genre_flags INTERFACE)
target_compile_options(genre_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wno-psabi -Wno-missing-field-initializers)
# Files that are compiled together see each other's anonymous namespaces, which are one file's all the same.
if(CMAKE_UNITY_BUILD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(genre_flags INTERFACE -Wno-subobject-linkage)
endif()
if(GENRE_WERROR)
  target_compile_options(genre_flags INTERFACE -Werror)
endif()
if(GENRE_SANITIZE)
  target_compile_options(genre_flags INTERFACE -fsanitize=${GENRE_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(genre_flags INTERFACE -fsanitize=${GENRE_SANITIZE})
  # What the sanitizers insert makes g++ 12 see variables that are not set.
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(genre_flags INTERFACE -Wno-maybe-uninitialized)
  endif()
endif()
target_include_directories(genre_flags INTERFACE "${PROJECT_SOURCE_DIR}/src")

function(genre_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS;LIBRARIES;LABELS;ENVIRONMENT" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  list(TRANSFORM ARG_DEPENDS PREPEND genre_)
  target_link_libraries(${name} PRIVATE ${ARG_DEPENDS} genre_flags ${ARG_LIBRARIES} GTest::gmock GTest::gtest_main)
  target_compile_definitions(${name} PRIVATE
    GENRE_SOURCE_DIR="${PROJECT_SOURCE_DIR}" GENRE_SHARED_DATA="${PROJECT_SOURCE_DIR}/../shared/data")
  # What is tested is optimised in full; a test's own file is compiled more often than it runs.
  target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-O1>)
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60 PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT 1200
    ENVIRONMENT "${ARG_ENVIRONMENT}")
endfunction()

function(genre_module name)
  cmake_parse_arguments(ARG "" "" "SOURCES;TESTS;SLOW_TESTS;DEPENDS;LIBRARIES;TEST_LIBRARIES;TEST_DEPENDS;TEST_ENVIRONMENT" ${ARGN})
  add_library(genre_${name} STATIC ${ARG_SOURCES})
  set(depends ${ARG_DEPENDS})
  list(TRANSFORM depends PREPEND genre_)
  target_link_libraries(genre_${name} PUBLIC ${depends} PRIVATE genre_flags ${ARG_LIBRARIES})
  target_include_directories(genre_${name} PUBLIC "${PROJECT_SOURCE_DIR}/src")
  if(GENRE_TESTS AND ARG_TESTS)
    genre_test(${name}_test SOURCES ${ARG_TESTS} DEPENDS ${name} ${ARG_TEST_DEPENDS}
      LIBRARIES ${ARG_LIBRARIES} ${ARG_TEST_LIBRARIES} LABELS fast ENVIRONMENT ${ARG_TEST_ENVIRONMENT})
  endif()
  if(GENRE_TESTS AND ARG_SLOW_TESTS)
    genre_test(${name}_slow_test SOURCES ${ARG_SLOW_TESTS} DEPENDS ${name} ${ARG_TEST_DEPENDS}
      LIBRARIES ${ARG_LIBRARIES} ${ARG_TEST_LIBRARIES} LABELS slow ENVIRONMENT ${ARG_TEST_ENVIRONMENT})
  endif()
endfunction()
