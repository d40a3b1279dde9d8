# cmake -D WEB=folder -D OUTPUT=page_files.cc -P embed_page.cmake: the files of the page as C++ raw strings.
set(entries "")
foreach(entry "/|index.html|text/html" "/app.js|app.js|text/javascript" "/style.css|style.css|text/css")
  string(REPLACE "|" ";" entry "${entry}")
  list(GET entry 0 path)
  list(GET entry 1 file)
  list(GET entry 2 type)
  file(READ "${WEB}/${file}" bytes)
  string(APPEND entries "    {\"${path}\", \"${type}; charset=utf-8\", R\"__page__(${bytes})__page__\"},\n")
endforeach()
file(WRITE "${OUTPUT}" "#include \"genre/serve/page.h\"

namespace genre {

std::span<const PageFile> page_files() {
  static constexpr PageFile files[] = {
${entries}  };
  return files;
}

}  // namespace genre
")
