{{- /* Name of what lies in the release's namespace. */ -}}
{{- define "rollcall.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 53 | trimSuffix "-" }}
{{- else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 53 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- /* Name of what belongs to the whole cluster: two releases in two namespaces must not share it. */ -}}
{{- define "rollcall.clusterName" -}}
{{ include "rollcall.name" . }}-{{ .Release.Namespace }}
{{- end }}

{{- define "rollcall.account" -}}
{{- if .Values.serviceAccount.create }}{{ .Values.serviceAccount.name | default (include "rollcall.name" .) }}
{{- else }}{{ required "serviceAccount.name is needed when serviceAccount.create is false" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "rollcall.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "rollcall.labels" -}}
{{ include "rollcall.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- /* What the panel reads, and what it does itself where it acts for everybody. */ -}}
{{- define "rollcall.rules" -}}
- apiGroups: [apps]
  resources: [statefulsets, controllerrevisions]
  verbs: [get, list, watch]
- apiGroups: [""]
  resources: [pods, persistentvolumeclaims, services]
  verbs: [get, list, watch]
{{- if eq .Values.authority "direct" }}
- apiGroups: [apps]
  resources: [statefulsets]
  verbs: [patch]
- apiGroups: [""]
  resources: [pods]
  verbs: [delete]
- apiGroups: [""]
  resources: [pods/eviction]
  verbs: [create]
# What one reads of a pod beside the pod itself.
- apiGroups: [""]
  resources: [events]
  verbs: [get, list]
{{- if .Values.podLogs }}
- apiGroups: [""]
  resources: [pods/log]
  verbs: [get]
{{- end }}
{{- if .Values.commands }}
# Over a WebSocket: `get` for older API servers, `create` for newer ones.
- apiGroups: [""]
  resources: [pods/exec]
  verbs: [get, create]
{{- end }}
{{- end }}
{{- end }}
