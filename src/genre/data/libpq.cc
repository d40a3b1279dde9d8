#include "genre/data/libpq.h"

#include <dlfcn.h>

#include <string>

#include "genre/base/error.h"

namespace genre {
namespace {

constexpr const char* kLibrary = "libpq.so.5";
constexpr const char* kHint = "install it: the Debian package libpq5";

template <class Function>
void find(void* library, const char* name, Function& target) {
  target = reinterpret_cast<Function>(dlsym(library, name));
  if (target == nullptr)
    throw Error(ErrorCode::kDependency, std::string("PostgreSQL's client library ") + kLibrary + " has no " + name,
                kHint);
}

Libpq open() {
  // Never closed: libpq and OpenSSL keep state of their own until the program ends.
  void* const library = dlopen(kLibrary, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr)
    throw Error(ErrorCode::kDependency, std::string("PostgreSQL's client library cannot be opened: ") + dlerror(),
                kHint);
  Libpq out{};
  find(library, "PQconninfoParse", out.conninfo_parse);
  find(library, "PQconninfoFree", out.conninfo_free);
  find(library, "PQconnectdbParams", out.connect);
  find(library, "PQfinish", out.finish);
  find(library, "PQstatus", out.status);
  find(library, "PQerrorMessage", out.error_message);
  find(library, "PQexec", out.exec);
  find(library, "PQprepare", out.prepare);
  find(library, "PQdescribePrepared", out.describe_prepared);
  find(library, "PQsendQueryParams", out.send_query);
  find(library, "PQsetSingleRowMode", out.set_single_row_mode);
  find(library, "PQgetResult", out.get_result);
  find(library, "PQresultStatus", out.result_status);
  find(library, "PQclear", out.clear);
  find(library, "PQnfields", out.fields);
  find(library, "PQfname", out.field_name);
  find(library, "PQgetisnull", out.is_null);
  find(library, "PQgetvalue", out.value);
  find(library, "PQgetlength", out.length);
  return out;
}

}  // namespace

const Libpq& libpq() {
  static const Libpq kLoaded = open();
  return kLoaded;
}

}  // namespace genre
