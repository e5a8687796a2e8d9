; What electron-builder's installer takes from us. The command line that the app brings along is on PATH, the person's or
; everybody's as the app is; what changes PATH is its own Node, which keeps values of any length as they are. A person who uninstalls is asked about the data; updates and silent
; uninstalls keep it, unless --delete-app-data says otherwise.
!macro changeCausewayPath CHANGE
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
