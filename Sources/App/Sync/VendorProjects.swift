import JiraClient
import SentryClient

extension JiraProjectRecord {
  init(_ project: JiraProject) {
    self.init(
      jiraID: project.id, key: project.key, name: project.name, description: project.description,
      projectType: project.projectTypeKey, category: project.categoryName,
      leadAccountID: project.lead?.accountID, leadDisplayName: project.lead?.displayName,
      avatarURL: project.avatarURL, archived: project.archived)
  }
}

extension SentryProjectRecord {
  init(_ project: SentryProject) {
    self.init(
      sentryID: project.id, slug: project.slug, name: project.name, platform: project.platform)
  }
}

extension StoredJiraProject {
  /// As a dry run reads a project that is not stored: under an id that no project has.
  init(discovered record: JiraProjectRecord, organizationID: Int64) {
    self.init(
      id: -record.jiraID, organizationID: organizationID, jiraID: record.jiraID, key: record.key,
      syncEnabled: true)
  }
}

extension StoredSentryProject {
  /// As a dry run reads a project that is not stored: under an id that no project has.
  init(discovered record: SentryProjectRecord, organizationID: Int64) {
    self.init(
      id: -record.sentryID, organizationID: organizationID, sentryID: record.sentryID,
      slug: record.slug)
  }
}
