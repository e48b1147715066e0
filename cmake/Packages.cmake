# What `cmake --install` puts where, and Debian packages of it: plr (simulator and plr-resume) and plr-rig (ci/package makes them).
# SPDX-License-Identifier: MIT
include(GNUInstallDirs)
set(PLR_SYSTEMD_DIR lib/systemd/system CACHE STRING "where units go, below the prefix")
set(PLR_UDEV_DIR lib/udev/rules.d CACHE STRING "where udev rules go, below the prefix")
set(PLR_SYSUSERS_DIR lib/sysusers.d CACHE STRING "where users of services are listed, below the prefix")

# plr_install(COMPONENT NAME): a program with its man page and its completion.
function(plr_install component name)
  install(TARGETS ${name} COMPONENT ${component})
  install(FILES ${CMAKE_SOURCE_DIR}/docs/man/${name}.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT ${component})
  install(FILES ${CMAKE_SOURCE_DIR}/docs/completion/${name}.bash
    DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME ${name} COMPONENT ${component})
endfunction()

plr_install(plr plr-sim)
plr_install(plr plr-resume)
# what scenarios name is beside them: plr-sim --root /usr/share/plr, or a copy of that folder
install(DIRECTORY ${CMAKE_SOURCE_DIR}/scenarios DESTINATION ${CMAKE_INSTALL_DATADIR}/plr COMPONENT plr)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/fixtures/printers ${CMAKE_SOURCE_DIR}/fixtures/gcode ${CMAKE_SOURCE_DIR}/fixtures/klipper
  ${CMAKE_SOURCE_DIR}/fixtures/coupons DESTINATION ${CMAKE_INSTALL_DATADIR}/plr/fixtures COMPONENT plr PATTERN "*.py" EXCLUDE)
if(TARGET plr-rig)
  plr_install(plr-rig plr-rig)
  set(RIG ${CMAKE_SOURCE_DIR}/rig/install)
  install(FILES ${RIG}/plr-rig@.service DESTINATION ${PLR_SYSTEMD_DIR} COMPONENT plr-rig)
  install(FILES ${RIG}/60-plr-rig.rules DESTINATION ${PLR_UDEV_DIR} COMPONENT plr-rig)
  install(FILES ${RIG}/plr-rig.sysusers DESTINATION ${PLR_SYSUSERS_DIR} RENAME plr-rig.conf COMPONENT plr-rig)
  install(FILES ${RIG}/host.conf DESTINATION ${CMAKE_INSTALL_DATADIR}/plr/benches COMPONENT plr-rig)
  # its messages name these pages
  set(DOCS ${CMAKE_SOURCE_DIR}/docs)
  install(FILES ${DOCS}/BENCH.md ${DOCS}/BENCHFILE.md ${DOCS}/HOST.md ${DOCS}/SAFETY.md ${DOCS}/bench.svg
    DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/plr-rig/docs COMPONENT plr-rig)
  install(DIRECTORY ${CMAKE_SOURCE_DIR}/fixtures/benches DESTINATION ${CMAKE_INSTALL_DATADIR}/plr COMPONENT plr-rig PATTERN "*.lock" EXCLUDE PATTERN "*.cycles" EXCLUDE)
endif()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME plr)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "plr maintainers <maintainers@users.noreply.github.com>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_GROUPING ONE_PER_GROUP)
get_cmake_property(CPACK_COMPONENTS_ALL COMPONENTS)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION misc)
set(CPACK_DEBIAN_PLR_PACKAGE_NAME plr)
set(CPACK_DEBIAN_PLR-RIG_PACKAGE_NAME plr-rig)
set(CPACK_COMPONENT_PLR_DESCRIPTION "crash lab for power-loss recovery of 3D printers
 plr-sim cuts the power of a simulated printer at any instant and measures the
 recovery in micrometres; plr-resume makes files that go on with real prints.")
set(CPACK_COMPONENT_PLR-RIG_DESCRIPTION "bench for power-loss recovery of 3D printers
 plr-rig cuts relays on real printers from a Raspberry Pi and judges what the
 recovery makes of it by gauges. It switches mains: read docs/SAFETY.md.")
# A cross build names what it depends on (ci/package): there the libraries are of no package of this computer.
set(PLR_DEPENDS "" CACHE STRING "what package plr depends on; empty: looked up")
set(PLR_RIG_DEPENDS "" CACHE STRING "what package plr-rig depends on; empty: looked up")
if(PLR_DEPENDS)
  set(CPACK_DEBIAN_PLR_PACKAGE_DEPENDS ${PLR_DEPENDS})
  set(CPACK_DEBIAN_PLR-RIG_PACKAGE_DEPENDS ${PLR_RIG_DEPENDS})
else()
  set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
endif()
# scenarios and the coupons they print; who only serves needs neither
set(CPACK_DEBIAN_PLR-RIG_PACKAGE_RECOMMENDS plr)
set(CPACK_DEBIAN_PLR-RIG_PACKAGE_CONTROL_EXTRA "${CMAKE_SOURCE_DIR}/rig/install/postinst")
include(CPack)
