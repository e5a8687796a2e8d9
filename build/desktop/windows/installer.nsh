; What electron-builder's installer takes from us. The command line that the app brings along is on PATH, the person's or
; everybody's as the app is; what changes PATH is its own Node, which keeps values of any length as they are. A person who uninstalls is asked about the data; updates and silent
; uninstalls keep it, unless --delete-app-data says otherwise.
; An installer that was let in as administrator still has the person's variables: none of them is to tell Node what to load.
!macro forgetVariable NAME
  System::Call 'kernel32::SetEnvironmentVariable(t "${NAME}", p 0)'
!macroend

!macro changeCausewayPath CHANGE
  !insertmacro forgetVariable "NODE_OPTIONS"
  !insertmacro forgetVariable "NODE_PATH"
  !insertmacro forgetVariable "NODE_EXTRA_CA_CERTS"
  !insertmacro forgetVariable "OPENSSL_CONF"
  !insertmacro forgetVariable "OPENSSL_MODULES"
  !insertmacro forgetVariable "OPENSSL_ENGINES"
  !insertmacro forgetVariable "BUFFERUTIL_PREBUILD"
  !insertmacro forgetVariable "UTF_8_VALIDATE_PREBUILD"
  !insertmacro forgetVariable "NAPI_RS_NATIVE_LIBRARY_PATH"
  StrCpy $R1 "user"
  ${if} $installMode == "all"
    StrCpy $R1 "machine"
  ${endif}
  nsExec::ExecToLog '"$INSTDIR\resources\cli\lib\node.exe" "$INSTDIR\resources\cli\lib\cli\main.js" path-entry ${CHANGE} $R1 "$INSTDIR\resources\cli\bin"'
  Pop $R1
  ${if} $R1 != "0"
    DetailPrint "causeway is not on PATH ($R1)."
  ${endif}
!macroend

!macro customInstall
  !insertmacro changeCausewayPath "add"
!macroend

!macro customUnInstall
  ; An update puts it back; what installs it may have another place.
  !insertmacro changeCausewayPath "remove"
  ${ifNot} ${isUpdated}
  ${andIfNot} ${Silent}
    ${if} $LANGUAGE == 1031
      StrCpy $R1 "Sollen auch Ihre Einstellungen und Anmeldungen auf diesem Computer gelöscht werden?"
    ${else}
      StrCpy $R1 "Delete your settings and sign-ins on this computer, too?"
    ${endif}
    MessageBox MB_YESNO|MB_ICONQUESTION|MB_DEFBUTTON2 "$R1" /SD IDNO IDNO keepData
      ; They are the person's, also where the app was everybody's.
      SetShellVarContext current
      RMDir /r "$APPDATA\${PRODUCT_FILENAME}"
      RMDir /r "$LOCALAPPDATA\${PRODUCT_FILENAME}"
      ${if} $installMode == "all"
        SetShellVarContext all
      ${endif}
    keepData:
  ${endif}
!macroend
