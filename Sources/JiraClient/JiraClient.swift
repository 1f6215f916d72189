// JiraClient
