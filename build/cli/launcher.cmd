@echo off
rem Runs the command line under the Node that it was tested with.
"%~dp0..\lib\node.exe" "%~dp0..\lib\cli\main.js" %*
