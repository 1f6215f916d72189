import RESTClient

/// Members that Sentry always sends and the look-alike has no state for, each with an empty value.
/// Source: the required members of https://docs.sentry.io/api/
enum SentryConstants {
  static let organization = parsed(
    #"""
    {"allowMemberInvite":false,"allowMemberProjectCreation":false,
    "allowSuperuserAccess":false,"avatar":{},"dateCreated":"","hasAuthProvider":false,
    "id":"","isEarlyAdopter":false,"links":{"organizationUrl":"","regionUrl":""},"name":"",
    "require2FA":false,"slug":"","status":{"id":"","name":""}}
    """#)
  static let organizationDetail = parsed(
    #"""
    {"allowMemberInvite":false,"allowMemberProjectCreation":false,
    "allowSuperuserAccess":false,"avatar":{},"dateCreated":"","hasAuthProvider":false,
    "id":"","isEarlyAdopter":false,"links":{"organizationUrl":"","regionUrl":""},"name":"",
    "require2FA":false,"slug":"","status":{"id":"","name":""}}
    """#)
  static let project = parsed(
    #"""
    {"access":[],"dateCreated":"","environments":[],"features":[],"firstEvent":null,
    "firstTransactionEvent":false,"hasAccess":false,"hasFeedbacks":false,"hasFlags":false,
    "hasInsightsAgentMonitoring":false,"hasInsightsAppStart":false,
    "hasInsightsAssets":false,"hasInsightsCaches":false,"hasInsightsDb":false,
    "hasInsightsHttp":false,"hasInsightsMCP":false,"hasInsightsQueues":false,
    "hasInsightsScreenLoad":false,"hasInsightsVitals":false,"hasLogs":false,
    "hasMinifiedStackTrace":false,"hasMonitors":false,"hasNewFeedbacks":false,
    "hasProfiles":false,"hasReplays":false,"hasSessions":false,"hasTraceMetrics":false,
    "hasUserReports":false,"id":"","isBookmarked":false,"isMember":false,
    "latestRelease":null,"name":"","platform":null,"platforms":[],"slug":"","team":null,
    "teams":[]}
    """#)
  static let projectDetail = parsed(
    #"""
    {"access":[],"allowedDomains":[],"autofixAutomationTuning":"","avatar":{},
    "builtinSymbolSources":[],"color":"","dataScrubber":false,"dataScrubberDefaults":false,
    "dateCreated":"","debugFilesRole":null,"defaultEnvironment":null,
    "derivedGroupingEnhancements":"","digestsMaxDelay":0,"digestsMinDelay":0,
    "dynamicSamplingBiases":null,"enableAutoReleaseCreation":false,"features":[],
    "fingerprintingRules":"","firstEvent":null,"firstTransactionEvent":false,
    "groupingConfig":"","groupingEnhancements":"","hasAccess":false,"hasFeedbacks":false,
    "hasFlags":false,"hasInsightsAgentMonitoring":false,"hasInsightsAppStart":false,
    "hasInsightsAssets":false,"hasInsightsCaches":false,"hasInsightsDb":false,
    "hasInsightsHttp":false,"hasInsightsMCP":false,"hasInsightsQueues":false,
    "hasInsightsScreenLoad":false,"hasInsightsVitals":false,"hasLogs":false,
    "hasMinifiedStackTrace":false,"hasMonitors":false,"hasNewFeedbacks":false,
    "hasProfiles":false,"hasReplays":false,"hasSessions":false,"hasTraceMetrics":false,
    "highlightContext":{},"highlightPreset":{"context":{},"tags":[]},"highlightTags":[],
    "id":"","isBookmarked":false,"isDynamicallySampled":false,"isInternal":false,
    "isMember":false,"isPublic":false,"latestRelease":null,"name":"","options":{},
    "organization":{"allowMemberInvite":false,"allowMemberProjectCreation":false,
    "allowSuperuserAccess":false,"avatar":{},"dateCreated":"","hasAuthProvider":false,
    "id":"","isEarlyAdopter":false,"links":{"organizationUrl":"","regionUrl":""},"name":"",
    "require2FA":false,"slug":"","status":{"id":"","name":""}},"platform":null,
    "platforms":[],"processingIssues":0,"relayPiiConfig":null,"resolveAge":0,
    "safeFields":[],"scmSourceContextEnabled":false,"scrapeJavaScript":false,
    "scrubIPAddresses":false,"secondaryGroupingConfig":null,"secondaryGroupingExpiry":0,
    "securityToken":"","securityTokenHeader":null,"seerNightshiftTweaks":{},
    "seerScannerAutomation":false,"sensitiveFields":[],"slug":"","status":"",
    "storeCrashReports":null,"subjectPrefix":"","subjectTemplate":"","symbolSources":"",
    "teams":[],"tempestFetchScreenshots":false,"verifySSL":false}
    """#)
  static let listedIssue = parsed(
    #"""
    {"annotations":[],"assignedTo":null,"count":"","culprit":null,
    "derivedData":{"blocker":"","hasOpenFixPr":false,"hasRootCause":false,
    "isAssigned":false,"lastCompletedAutofixStep":"","lastProgressedAt":null,"progress":"",
    "status":"","viewCount":0},"filtered":null,"firstSeen":null,"hasSeen":false,"id":"",
    "inbox":{"date_added":"","reason":0,"reason_details":null},"integrationIssues":[],
    "isBookmarked":false,"isPublic":false,"isSubscribed":false,"isUnhandled":false,
    "issueCategory":"","issueType":"","lastSeen":null,"latestEventHasAttachments":false,
    "level":"sample","lifetime":{},"logger":null,"matchingEventEnvironment":null,
    "matchingEventId":null,"metadata":{},"numComments":0,"owners":{"date_added":"",
    "owner":"","type":""},"permalink":"","platform":null,"priority":null,
    "priorityLockedAt":null,"project":{"id":"","name":"","platform":null,"slug":""},
    "seerAutofixLastTriggered":null,"seerExplorerAutofixLastTriggered":null,
    "seerFixabilityScore":null,"sentryAppIssues":[],"sessionCount":0,"shareId":null,
    "shortId":"","stats":{},"status":"resolved","statusDetails":{},
    "subscriptionDetails":null,"substatus":null,"title":"","type":"default","userCount":0}
    """#)
  static let issue = parsed(
    #"""
    {"activity":[],"annotations":[],"assignedTo":null,"culprit":null,"hasSeen":false,
    "id":"","isBookmarked":false,"isPublic":false,"isSubscribed":false,"issueCategory":"",
    "issueType":"","level":"sample","logger":null,"metadata":{},"numComments":0,
    "participants":[],"permalink":"","platform":null,"priority":null,
    "priorityLockedAt":null,"project":{"id":"","name":"","platform":null,"slug":""},
    "seenBy":[],"seerAutofixLastTriggered":null,"seerExplorerAutofixLastTriggered":null,
    "seerFixabilityScore":null,"shareId":null,"shortId":"","status":"resolved",
    "statusDetails":{},"subscriptionDetails":null,"substatus":null,"title":"",
    "type":"default","userReportCount":0}
    """#)
  static let listedEvent = parsed(
    #"""
    {"crashFile":null,"culprit":null,"dateCreated":"","event.type":"","eventID":"",
    "groupID":null,"id":"","location":null,"message":"","metadata":{},"platform":null,
    "projectID":"","tags":[],"title":"","user":null}
    """#)
  static let event = parsed(
    #"""
    {"_meta":{},"context":null,"contexts":null,"dateReceived":null,"dist":null,"entries":[],
    "errors":[],"eventID":"","groupID":null,"id":"","location":null,"message":null,
    "metadata":{},"nextEventID":null,"occurrence":null,"packages":{},"platform":"",
    "previousEventID":null,"projectID":"","release":null,"resolvedWith":[],"sdk":null,
    "sdkUpdates":[],"size":null,"tags":[],"title":"","type":"default","user":null,
    "userReport":null}
    """#)

  private static func parsed(_ text: String) -> [String: JSONValue] {
    guard case .object(let object)? = try? JSONValue(parsing: Array(text.utf8)) else { return [:] }
    return object
  }

  /// The look-alike's own values over the constant ones.
  static func complete(_ constants: [String: JSONValue], _ own: JSONValue) -> JSONValue {
    guard case .object(let own) = own else { return own }
    return .object(
      constants.merging(own) { constant, own in
        if case .object(let inner) = constant { return complete(inner, own) }
        return own
      })
  }
}
