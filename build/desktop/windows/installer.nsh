; What electron-builder's installer takes from us: a person who uninstalls is asked about the data; updates and silent
; uninstalls keep it, unless --delete-app-data says otherwise.
!macro customUnInstall
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
