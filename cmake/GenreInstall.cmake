# make install: the program beside the library it needs, the example configurations, the documentation.
include(GNUInstallDirs)
set_target_properties(genre PROPERTIES INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR}/genre")
install(TARGETS genre RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES "${DUCKDB_LIBRARY}" DESTINATION ${CMAKE_INSTALL_LIBDIR}/genre)
install(DIRECTORY configs/ DESTINATION ${CMAKE_INSTALL_DATADIR}/genre/configs)
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES README.md LICENSE THIRD_PARTY.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
