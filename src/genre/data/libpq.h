// PostgreSQL's client library, opened when the first database is read: it brings some twenty libraries with it
// (Kerberos, LDAP, TLS), which every other command would load at its start for nothing.
#pragma once

#include <libpq-fe.h>

namespace genre {

// The functions of libpq that are used, by their names without PQ.
struct Libpq {
  decltype(&PQconninfoParse) conninfo_parse;
  decltype(&PQconninfoFree) conninfo_free;
  decltype(&PQconnectdbParams) connect;
  decltype(&PQfinish) finish;
  decltype(&PQstatus) status;
  decltype(&PQerrorMessage) error_message;
  decltype(&PQexec) exec;
  decltype(&PQprepare) prepare;
  decltype(&PQdescribePrepared) describe_prepared;
  decltype(&PQsendQueryParams) send_query;
  decltype(&PQsetSingleRowMode) set_single_row_mode;
  decltype(&PQgetResult) get_result;
  decltype(&PQresultStatus) result_status;
  decltype(&PQclear) clear;
  decltype(&PQnfields) fields;
  decltype(&PQfname) field_name;
  decltype(&PQgetisnull) is_null;
  decltype(&PQgetvalue) value;
  decltype(&PQgetlength) length;
};

// Throws Error(kDependency) where the library is not installed. Thread-safe.
const Libpq& libpq();

}  // namespace genre
