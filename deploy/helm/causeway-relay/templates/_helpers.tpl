{{- define "causeway-relay.name" -}}
{{- printf "%s-relay" .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- end -}}

{{- define "causeway-relay.selector" -}}
app.kubernetes.io/name: causeway-relay
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "causeway-relay.labels" -}}
{{ include "causeway-relay.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- /* relay.yaml as it is given, with the places that the chart decides. */ -}}
{{- define "causeway-relay.config" -}}
{{- if and (gt (int .Values.replicas) 1) (not .Values.config.storage) -}}
{{- fail "replicas: more than one relay needs config.storage, a PostgreSQL that they share" -}}
{{- end -}}
{{- if and .Values.admin.enabled (not .Values.config.admin) -}}
{{- fail "admin.enabled: the operators’ port needs config.admin" -}}
{{- end -}}
{{- $relay := mergeOverwrite (deepCopy .Values.config.relay) (dict "data" "/var/lib/causeway" "listen" (dict "host" "0.0.0.0" "port" 8080)) -}}
{{- $config := mergeOverwrite (deepCopy .Values.config) (dict "relay" $relay) -}}
{{- if .Values.admin.enabled -}}
{{- $admin := mergeOverwrite (deepCopy .Values.config.admin) (dict "listen" (dict "host" "0.0.0.0" "port" 8443)) -}}
{{- if and .Values.tlsSecret (not $admin.tls) -}}
{{- $_ := set $admin "tls" (dict "cert" "/etc/causeway/tls/tls.crt" "key" "/etc/causeway/tls/tls.key") -}}
{{- end -}}
{{- $_ := set $config "admin" $admin -}}
{{- end -}}
{{- toYaml $config -}}
{{- end -}}

{{- define "causeway-relay.scheme" -}}
{{- if .Values.config.relay.tls }}HTTPS{{ else }}HTTP{{ end -}}
{{- end -}}
